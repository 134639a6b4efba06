"""Goods that leave circulation, come back, or get new codes."""

from typing import Any
from uuid import UUID

import click
from httpx2 import Response

from cli.client import FIRST_REFUSAL, Service, problem, tell_repeat, with_key
from cli.faults import Ending, Refused
from cli.files import Source
from cli.goods import RUNS_HEADER, how, run, tell, which
from cli.identity import derived, made_once
from cli.options import FILE, Command, Day, all_of, occurred_at, request_id, without_nothing
from cli.participants import STATES
from cli.terminal import terminal
from cli.transfers import DOCUMENTS

packages = click.option("--sscc", "packages", multiple=True, help="A package; as often as needed.")
paper = (
    click.option("--document", help="The number of the primary document."),
    click.option(
        "--document-kind",
        type=click.Choice(DOCUMENTS, case_sensitive=False),
        default="OTHER",
        show_default=True,
    ),
    click.option("--document-date", type=Day(), help="Its date."),
    click.option("--document-name", help="What it is, where its kind is OTHER."),
)


class Fraction(click.ParamType[tuple[int, int]]):
    """TAKEN/OF."""

    name = "taken/of"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        taken, slash, of = str(value).partition("/")
        if not (slash and taken.isdecimal() and of.isdecimal()):
            self.fail(f"{value!r}: write TAKEN/OF, as in 10/30.", param, ctx)
        return int(taken), int(of)


@click.command(cls=Command)
@all_of(*which, packages)
@click.option("--reason", required=True, help="GET /product-groups/{group} lists them.")
@all_of(*paper)
@click.option(
    "--destination",
    type=click.Choice(STATES, case_sensitive=False),
    help="Where the goods go, for EXPORT_TO_MEMBER_STATE.",
)
@click.option("--parts", type=Fraction(), help="What leaves of each unit, as in 10/30.")
@all_of(*how)
def withdraw(**told: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Withdraw goods from circulation.

    A package leaves with all that is in it. The goods are CODES, or the lines of a file, or a run of a batch, or packages.
    """
    return take("withdraw", "/withdrawals", "withdrawn", told)


@click.command(cls=Command)
@all_of(*which, packages, *paper)
@click.option("--corrects", type=click.IntRange(min=1), help="The event that withdrew them.")
@all_of(*how)
def restore(**told: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Bring withdrawn goods back into circulation.

    A package comes back with all that is in it. The goods are CODES, or the lines of a file, or a run of a batch, or packages.
    """
    return take("restore", "/restorations", "restored", told)


@click.command(cls=Command)
@click.argument("new", required=False)
@click.argument("old", required=False)
@click.option(
    "--file", type=FILE, help="Pairs, one a line: the new code, TAB, the old one or nothing."
)
@click.option("--cause", required=True, help="CODE_SPOILED_OR_LOST, DESCRIPTION_ERRORS, ...")
@all_of(*paper)
@click.option("--place", help="Where it happened.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@occurred_at
@request_id
def remark(new: str | None, old: str | None, given_id: UUID | None, **told: Any) -> None:  # noqa: ANN401
    """Put a new code on goods, in place of an OLD one.

    Without OLD, that one cannot be read any more: then a document is needed.
    """
    if bool(new) == bool(told["file"]):
        raise click.UsageError("Which codes? Name NEW and OLD, or --file.")
    body = without_nothing(
        pairs=pairs_of(told["file"]) if told["file"] else [pair(new or "", old)],
        cause=told["cause"],
        document=document(told),
        occurred_at=told["occurred_at"],
        place=told["place"],
    )
    service, request = with_key(), made_once(given_id)
    response = service.change(f"/remarkings/{request}", body, id=request, dry_run=told["dry_run"])
    found = service.document(response)
    if told["dry_run"]:
        line = f"{found['units']:,} new codes would stand on goods."
        terminal().answer(found, line, brief=found["units"])
        return
    tell_repeat(response)
    terminal().answer(
        found,
        f"{found['units']:,} new codes stand on goods, {found['replaced']:,} old ones are "
        f"withdrawn, event {found['event']}.",
        brief=found["units"],
    )


def pairs_of(path: str) -> list[dict[str, str]]:
    lines = [line.partition("\t") for line in Source(path).lines()]
    return [pair(new, old) for new, _, old in lines]


def pair(new: str, old: str | None) -> dict[str, str]:
    return {"new": new, "old": old} if old else {"new": new}


def document(told: dict[str, Any]) -> dict[str, Any] | None:
    """The primary document; None where none is told."""
    number, on = told["document"], told["document_date"]
    if number is None and on is None:
        return None
    if number is None or on is None:
        raise click.UsageError("A document has a number and a date: --document, --document-date.")
    kind = told["document_kind"].upper()
    return without_nothing(kind=kind, number=number, date=on, name=told["document_name"])


def take(command: str, path: str, done: str, told: dict[str, Any]) -> Ending:
    """Do it with the goods named, and tell what came of it."""
    named = bool(told["codes"] or told["batch"] or told["packages"])
    if named == bool(told["file"]):
        raise click.UsageError("Which goods? Name CODES, --batch or --sscc, or a --file alone.")
    if (told["first"] is not None or told["count"]) and not told["batch"]:
        raise click.UsageError("--first and --count are of a --batch.")
    service = with_key()
    if told["file"] and command == "withdraw":
        response = send_file(service, command, path, told)
    else:
        response = send_list(service, path, told)
    ending = tell(service, service.document(response), done, told["file"])
    if not told["dry_run"]:
        tell_repeat(response)
    return ending


def send_list(service: Service, path: str, told: dict[str, Any]) -> Response:
    """The goods as JSON; the lines of a file are codes."""
    codes = Source(told["file"]).lines() if told["file"] else told["codes"]
    body = without_nothing(
        codes=list(codes) or None,
        runs=[run(service, told)] if told["batch"] else None,
        packages=list(told["packages"]) or None,
        reason=told.get("reason"),
        document=document(told),
        destination=told.get("destination"),
        parts=parts(told.get("parts")),
        corrects=told.get("corrects"),
        occurred_at=told["occurred_at"],
        place=told["place"],
        partial=told["partial"] or None,
    )
    request = made_once(told["given_id"])
    return service.change(f"{path}/{request}", body, id=request, dry_run=told["dry_run"])


def parts(told: tuple[int, int] | None) -> dict[str, int] | None:
    return {"taken": told[0], "of": told[1]} if told else None


def send_file(service: Service, command: str, path: str, told: dict[str, Any]) -> Response:
    """The lines of a file, however many."""
    if told["parts"]:
        raise click.UsageError("--parts are of units that are named by CODES or --batch.")
    source, paper_told = Source(told["file"]), document(told) or {}
    asked = without_nothing(
        reason=told["reason"],
        destination=told["destination"],
        document_kind=paper_told.get("kind"),
        document_number=paper_told.get("number"),
        document_date=paper_told.get("date"),
        document_name=paper_told.get("name"),
        occurred_at=told["occurred_at"],
        place=told["place"],
        partial=told["partial"] or None,
    )
    request = derived(service, told["given_id"], command, source.digest, asked)
    kind = "text/csv" if source.beginning.startswith(RUNS_HEADER) else "text/plain"
    with terminal().progress(
        f"Sending {source.path}", source.size, then="Reading the codes"
    ) as advance:
        response = service.upload(
            f"{path}/{request}/file",
            lambda: source.pieces(advance),
            {"Content-Type": kind, "Content-Length": str(source.size)},
            id=request,
            parameters=asked | {"dry_run": told["dry_run"]},
        )
    if response.status_code >= FIRST_REFUSAL:
        raise Refused(problem(response), service.url)
    return response
