"""What happens to goods: applied, introduced, cancelled, given a lot."""

import json
from collections.abc import Iterator
from typing import Any

import click
from httpx2 import Response

from cli.client import FIRST_REFUSAL, Service, problem, tell_repeat, with_key
from cli.faults import Ending, Refused
from cli.files import Source, beside, write_rows
from cli.identity import derived, made_once
from cli.options import (
    FILE,
    Command,
    Pair,
    all_of,
    lot_options,
    occurred_at,
    request_id,
    without_nothing,
)
from cli.terminal import terminal

LINES_SHOWN = 20
RUNS_HEADER = b"batch,first,count"
LINE_COLUMNS = ("first_line", "last_line", "verdict")

which = (
    click.argument("codes", nargs=-1),
    click.option(
        "--file", type=FILE, help="Scanned codes, one a line, or runs as CSV: batch,first,count."
    ),
    click.option("--batch", type=click.UUID, help="Units of this batch: all, or a run of it."),
    click.option("--first", type=click.IntRange(min=0), help="From this unit on; counted from 0."),
    click.option("--count", type=click.IntRange(min=1), help="So many units."),
)
how = (
    click.option("--partial", is_flag=True, help="Take those that may, and list the others."),
    click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing."),
    click.option("--place", help="Where it happened."),
    occurred_at,
    request_id,
)


@click.command(cls=Command)
@all_of(*which, *lot_options, *how)
def apply(**told: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Report codes as applied to goods.

    The goods are CODES, or the lines of a file, or a run of a batch.
    """
    return take("apply", "/applications", "applied", told)


@click.command(cls=Command)
@all_of(*which, *lot_options)
@click.option(
    "--document",
    "documents",
    type=Pair(),
    multiple=True,
    help="A fact that the product group asks for; as often as needed.",
)
@all_of(*how)
def introduce(**told: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Introduce goods into circulation.

    Their product group asks for documents, or for the facts in them. The goods are CODES, or the lines of a file, or a run of a batch.
    """
    return take("introduce", "/introductions", "introduced", told)


@click.command(cls=Command)
@all_of(*which, *how)
def cancel(**told: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Cancel codes that were spoiled.

    They never stand on any goods again. The codes are CODES, or the lines of a file, or a run of a batch.
    """
    return take("cancel", "/cancellations", "cancelled", told)


@click.command(cls=Command)
@all_of(*which, *lot_options, *how)
def lot(**told: Any) -> Ending:  # noqa: ANN401 - options of many kinds
    """Give goods a lot: its number, its dates.

    The goods are CODES, or the lines of a file, or a run of a batch.
    """
    return take("lot", "/lots", "given the lot", told)


def take(command: str, path: str, done: str, told: dict[str, Any]) -> Ending:
    """Take the step with the goods named, and tell what came of it."""
    ways = [bool(told["codes"]), bool(told["file"]), bool(told["batch"])]
    if sum(ways) != 1:
        raise click.UsageError("Which goods? Name CODES, or --file, or --batch.")
    if (told["first"] is not None or told["count"]) and not told["batch"]:
        raise click.UsageError("--first and --count are of a --batch.")
    service = with_key()
    if told["file"]:
        response = send_file(service, command, path, told)
    else:
        response = send_list(service, path, told)
    ending = tell(service, service.document(response), done, told["file"])
    if not told["dry_run"]:
        tell_repeat(response)
    return ending


def send_list(service: Service, path: str, told: dict[str, Any]) -> Response:
    """Codes from the line, or a run of a batch, as JSON."""
    request = made_once(told["given_id"])
    body = without_nothing(
        codes=list(told["codes"]) or None,
        runs=[run(service, told)] if told["batch"] else None,
        occurred_at=told["occurred_at"],
        lot=lot_of(told) or None,
        documents=dict(told.get("documents") or ()) or None,
        place=told["place"],
        partial=told["partial"] or None,
    )
    return service.change(f"{path}/{request}", body, id=request, dry_run=told["dry_run"])


def run(service: Service, told: dict[str, Any]) -> dict[str, Any]:
    """The run that is meant: to the end of the batch where no count is given."""
    first, count = told["first"] or 0, told["count"]
    if count is None:
        count = max(service.get(f"/batches/{told['batch']}")["quantity"] - first, 1)
    return {"batch": str(told["batch"]), "first": first, "count": count}


def lot_of(told: dict[str, Any]) -> dict[str, Any]:
    names = ("lot_number", "produced_on", "expires_on")
    return without_nothing(**{name: told.get(name) for name in names})


def send_file(service: Service, command: str, path: str, told: dict[str, Any]) -> Response:
    """The lines of a file, however many."""
    documents = dict(told.get("documents") or ())
    source = Source(told["file"])
    asked = without_nothing(
        occurred_at=told["occurred_at"],
        place=told["place"],
        partial=told["partial"] or None,
        documents=json.dumps(documents, sort_keys=True) if documents else None,
        **lot_of(told),
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


def tell(service: Service, found: dict[str, Any], done: str, file: str | None) -> Ending:
    """What came of it, with the lines that were refused; the exit code."""
    units, refused = found["units"], found["refused"]
    would = "would be " if found.get("dry_run") else ""
    recorded = f", event {found['event']}" if "event" in found else ""
    terminal().answer(found, f"{units:,} units {would}{done}{recorded}.", brief=units)
    if not refused:
        return Ending.DONE
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in found["refused_by_reason"].items())
    terminal().note(f"! {refused:,} refused: {reasons}.")
    lines = [
        [line[name] for name in LINE_COLUMNS]
        for line in all_lines(service, found)
        if line["verdict"] != "ok"
    ]
    if file and lines:
        errors = beside(file, ".errors.csv")
        write_rows(errors, LINE_COLUMNS, lines)
        terminal().note(f"→ {errors} says which lines, and why.")
    elif lines:
        terminal().table(LINE_COLUMNS, lines[:LINES_SHOWN])
    return Ending.PARTLY if units else Ending.REFUSED


def all_lines(service: Service, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The verdicts of the lines, with those that the answer itself had no room for."""
    yield from found.get("lines", [])
    for page in range(1, found.get("more_pages", 0) + 1):
        yield from service.get(f"/requests/{found['request']}/pages/{page}")["lines"]
