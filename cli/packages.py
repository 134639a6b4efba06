"""Packages: goods are packed as a packing line reports it, and unpacked."""

from typing import Any
from uuid import UUID

import click
from httpx2 import Response

from cli.client import FIRST_REFUSAL, Service, problem, tell_repeat, with_key
from cli.faults import Ending, Refused
from cli.files import Source
from cli.goods import LINE_COLUMNS, LINES_SHOWN
from cli.identity import derived, made_once
from cli.options import FILE, Command, occurred_at, request_id, without_nothing
from cli.terminal import terminal

KIND = "text/tab-separated-values"


@click.command(cls=Command)
@click.argument("report", type=FILE)
@click.option("--move", is_flag=True, help="Goods may come out of other packages of yours.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@click.option("--place", help="Where it happened.")
@occurred_at
@request_id
def pack(report: str, given_id: UUID | None, **told: Any) -> Ending:  # noqa: ANN401
    """Pack goods as a packing line reports it.

    REPORT has a line for each content: its package, a tab, the content. Both are SSCCs, or codes
    as scanned; - is the standard input.
    """
    service = with_key()
    response = send(service, report, given_id, told)
    found = service.document(response)
    would = "would be " if told["dry_run"] else ""
    recorded = f", event {found['event']}" if "event" in found else ""
    terminal().answer(
        found,
        f"{found['units']:,} codes {would}packed into {found['packages']:,} packages{recorded}.",
        brief=found["units"],
    )
    if not told["dry_run"]:
        tell_repeat(response)
    elif found["refused"]:
        return tell_refused(found)
    return Ending.DONE


def send(service: Service, report: str, given: UUID | None, told: dict[str, Any]) -> Response:
    """The report as it is, however long."""
    source = Source(report)
    asked = without_nothing(
        move=told["move"] or None, occurred_at=told["occurred_at"], place=told["place"]
    )
    request = derived(service, given, "pack", source.digest, asked)
    with terminal().progress(
        f"Sending {source.path}", source.size, then="Packing the goods"
    ) as advance:
        response = service.upload(
            f"/packings/{request}/file",
            lambda: source.pieces(advance),
            {"Content-Type": KIND, "Content-Length": str(source.size)},
            id=request,
            parameters=asked | {"dry_run": told["dry_run"]},
        )
    if response.status_code >= FIRST_REFUSAL:
        raise Refused(problem(response), service.url)
    return response


def tell_refused(found: dict[str, Any]) -> Ending:
    """Which lines a rehearsal found wrong."""
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in found["refused_by_reason"].items())
    terminal().note(
        f"! {found['refused']:,} would be refused, and all others with them: {reasons}."
    )
    wrong = [line for line in found["lines"] if line["verdict"] != "ok"]
    rows = [[line[name] for name in LINE_COLUMNS] for line in wrong[:LINES_SHOWN]]
    terminal().table(LINE_COLUMNS, rows)
    return Ending.REFUSED


@click.command(cls=Command)
@click.argument("ssccs", nargs=-1)
@click.option(
    "--dissolve", "dissolve_codes", multiple=True, help="The code of a pack to be dissolved."
)
@click.option("--take-out", multiple=True, help="The SSCC of a package to leave its package.")
@click.option("--code", "codes", multiple=True, help="A unit or pack to leave its packages.")
@click.option("--place", help="Where it happened.")
@occurred_at
@request_id
def unpack(given_id: UUID | None, **told: Any) -> None:  # noqa: ANN401 - options of many kinds
    """Dissolve packages, or take goods out of them.

    SSCCS are of the packages that end; their contents take their place. All options that name
    goods may be given as often as needed.
    """
    lists = {name: list(told[name]) for name in ("dissolve_codes", "take_out", "codes")}
    if not told["ssccs"] and not any(lists.values()):
        raise click.UsageError("What? Name SSCCS, or --dissolve, --take-out or --code.")
    service, request = with_key(), made_once(given_id)
    body = without_nothing(
        packages=list(told["ssccs"]) or None,
        **{name: named or None for name, named in lists.items()},
        occurred_at=told["occurred_at"],
        place=told["place"],
    )
    response = service.change(f"/unpackings/{request}", body, id=request)
    found = service.document(response)
    terminal().answer(
        found,
        f"{found['units']:,} units out of their packages; {found['packages']:,} packages ended "
        f"or moved, event {found['event']}.",
        brief=found["units"],
    )
    tell_repeat(response)
