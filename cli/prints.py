"""Prints that were ordered: the ledger of a batch, what became of one, and label printers."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import click

from cli.client import Unreachable, with_key
from cli.faults import Ending
from cli.options import Command, without_nothing
from cli.participants import pages
from cli.terminal import terminal

LEDGER = (
    "recorded_at",
    "print",
    "layout",
    "format",
    "units",
    "reprinted",
    "labels",
    "fetches",
    "sendings",
    "reason",
)


@click.command(cls=Command)
@click.argument("batch", type=click.UUID)
def ledger(batch: UUID) -> None:
    """List what was printed of a batch, the newest first."""
    found = list(pages(with_key(), f"/batches/{batch}/prints", "prints"))
    terminal().listing(found, LEDGER, [[one[name] for name in LEDGER] for one in found])


@click.command(cls=Command)
@click.argument("print_id", metavar="PRINT", type=click.UUID)
def show(print_id: UUID) -> None:
    """Show a print: what, by whom, why, and what became of it."""
    found = with_key().get(f"/prints/{print_id}")
    made = found["file"]
    lines = [
        f"{counted(found)}, by {found['layout']} as {found['format']}, {found['dpi']} dpi",
        f"  ordered {found['recorded_at']} by {found['printed_by']['name']}{because(found)}",
        *(f"  batch {one['batch']}: {told_run(one)}" for one in found["runs"]),
        *(f"  package {one}" for one in found["ssccs"]),
        *(f"  fetched {one['recorded_at']}{because(one)}" for one in found["fetches"]),
        *(f"  {told_sending(one)}" for one in found["sendings"]),
        *([f"  {proof(made)}", f"  SHA-256 {made['sha256']}"] if made else ()),
    ]
    terminal().answer(found, *lines, brief=found["labels"])


def because(told: dict[str, Any]) -> str:
    return f": {told['reason']}" if told["reason"] else ""


def told_run(run: dict[str, Any]) -> str:
    again = ", printed before" if run["reprinted"] else ""
    return f"units {run['first']:,} to {run['first'] + run['count'] - 1:,}{again}"


def told_sending(one: dict[str, Any]) -> str:
    came = f"{one['sent'] or 0:,} sent, {one['confirmed'] or 0:,} confirmed"
    state = f", {one['state']}" if one["state"] else ""
    return (
        f"sent to {one['printer']} {one['recorded_at']} from label {one['first_label']:,}: "
        f"{came}{state}{because(one)}"
    )


@click.command(cls=Command)
def printers() -> None:
    """List the printers that the operator allows."""
    found = with_key().get("/printers")["printers"]
    terminal().listing(
        found, ("printer", "dialect"), [(one["printer"], one["dialect"]) for one in found]
    )


@click.command(cls=Command)
@click.argument("print_id", metavar="PRINT", type=click.UUID)
@click.option("--printer", required=True, help="One of `tamga labels printers`.")
@click.option(
    "--from",
    "first",
    type=click.IntRange(min=1),
    help="From this label on; default: after the last that was confirmed.",
)
@click.option("--reason", help="Why labels are printed again.")
def send(print_id: UUID, printer: str, first: int | None, reason: str | None) -> Ending:
    """Send a print to a label printer, and see how far it is.

    After a jam the same command goes on with the label after the last confirmed one.
    """
    service = with_key()
    body = without_nothing(printer=printer, first=first, reason=reason)
    last: dict[str, Any] = {}
    total = service.get(f"/prints/{print_id}")["labels"]
    try:
        with (
            service.watch(f"/prints/{print_id}/sendings", body) as pieces,
            terminal().progress(f"Printing on {printer}", total, unit="labels") as advance,
        ):
            for step in steps(pieces):
                advance(reached(step) - reached(last))
                last = step
    except Unreachable as broken:
        if not last:
            raise
        last["stopped"] = f"the service was lost: {broken.more[0]}"
    return told_end(print_id, printer, last)


def steps(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """A step for each line, however the lines were cut on their way."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from map(json.loads, filter(None, lines))


def reached(step: dict[str, Any]) -> int:
    """The label that is printed, as far as the printer tells, else sent."""
    found: int = step.get("confirmed") or step.get("sent", 0)
    return found


def told_end(print_id: UUID, printer: str, last: dict[str, Any]) -> Ending:
    """What the printer printed; where it stopped, how to go on."""
    sent, confirmed, of = (last.get(name, 0) for name in ("sent", "confirmed", "of"))
    why = last.get("stopped")
    counts = (
        f"{confirmed:,} of {of:,} labels are confirmed"
        if confirmed
        else f"{sent:,} of {of:,} labels were sent, none confirmed"
    )
    if why is None and sent == of:
        terminal().answer(last, f"{printer}: {counts}.", brief=confirmed or sent)
        return Ending.DONE
    terminal().answer(
        last, f"{printer} stopped: {why or 'no more was told'}. {counts}.", brief=confirmed
    )
    terminal().note(f"→ Mend it, then go on with label {confirmed + 1:,}:")
    terminal().note(f"→ tamga labels send {print_id} --printer {printer}")
    return Ending.PARTLY if sent else Ending.UNREACHABLE


def counted(found: dict[str, Any]) -> str:
    """How many labels of how many goods."""
    again = f", {found['reprinted']:,} of them printed before" if found["reprinted"] else ""
    packages = found["packages"]
    goods = some(packages, "package") if packages else some(found["units"], "unit")
    return f"{some(found['labels'], 'label')} of {goods}{again}"


def some(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def proof(made: dict[str, Any]) -> str:
    """What the service proved of the file before it left."""
    if not made["symbols_checked"]:
        return f"no symbol was drawn, so none was read back; {made['dpi']} dpi"
    paper = f"{some(made['pages'], 'page')}, " if made["pages"] else ""
    checked = f"{some(made['symbols_checked'], 'symbol')} read back at {made['dpi']} dpi"
    module = f", module {made['module_mm']} mm" if made["module_mm"] else ""
    return f"{paper}{checked}{module}"
