"""Batches: registering them, and downloading their codes."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from cli.client import Service, tell_repeat, with_key
from cli.downloads import Order, download
from cli.files import Source, save
from cli.identity import derived, made_once
from cli.options import (
    FILE,
    OUT,
    Group,
    Pair,
    all_of,
    lot_options,
    occurred_at,
    request_id,
    without_nothing,
)
from cli.participants import STATES, pages
from cli.terminal import terminal

EMISSIONS = ("PRODUCTION", "IMPORT", "REMAINS", "CROSS_BORDER", "REMARK")
FORMS = {"text": "txt", "csv": "csv", "ndjson": "ndjson"}


@click.group(cls=Group)
def batch() -> None:
    """Register batches; download their codes."""


@batch.command()
@click.argument("gtin")
@click.option("--quantity", type=click.IntRange(min=1), help="How many units.")
@click.option("--serials", type=FILE, help="File of your own serials, one a line.")
@click.option("--foreign-codes", type=FILE, help="File of another operator's codes, one a line.")
@click.option(
    "--member-state",
    type=click.Choice(STATES, case_sensitive=False),
    help="State of issue; default: yours.",
)
@click.option(
    "--emission",
    type=click.Choice(EMISSIONS, case_sensitive=False),
    default="PRODUCTION",
    show_default=True,
)
@click.option("--template", help="Default: the product group's first.")
@click.option("--price-minor", type=int, help="In the smallest unit, where the code has a price.")
@click.option("--tnved", help="Where the code has AI 240.")
@all_of(*lot_options)
@click.option(
    "--customs", type=Pair(), multiple=True, help="A fact for customs; as often as needed."
)
@occurred_at
@request_id
def register(
    serials: str | None,
    foreign_codes: str | None,
    given_id: UUID | None,
    **told: Any,  # noqa: ANN401
) -> None:
    """Register a batch of goods and issue its codes: a million as quickly as ten."""
    if not (told["quantity"] or serials or foreign_codes):
        raise click.UsageError("How many? Give --quantity, --serials or --foreign-codes.")
    service = with_key()
    body = order(service, told)
    digests = []
    for name, path in (("serials", serials), ("foreign_codes", foreign_codes)):
        if path:
            source = Source(path)
            body[name] = list(source.lines())
            digests.append(source.digest)
    if digests:
        request = derived(service, given_id, "batch register", *digests, without_lists(body))
    else:
        request = made_once(given_id)
    response = service.change(f"/batches/{request}", body, id=request)
    found = service.document(response)
    terminal().answer(
        found,
        f"Batch {found['batch']}: {found['quantity']:,} units of {found['gtin']}, "
        f"{found['template']}, issued in {found['member_state']}.",
        f"→ tamga batch codes {request}      the codes as a file",
        f"→ tamga labels print --batch {request}    the labels as a PDF",
        f"→ tamga apply --batch {request}    when they are on the goods",
        brief=found["batch"],
    )
    tell_repeat(response)


def order(service: Service, told: dict[str, Any]) -> dict[str, Any]:
    """What the batch is, as the service takes it."""
    lot = without_nothing(
        lot_number=told.pop("lot_number"),
        produced_on=told.pop("produced_on"),
        expires_on=told.pop("expires_on"),
        customs=dict(told.pop("customs")) or None,
    )
    state = told.pop("member_state") or service.get("/whoami")["member_state"]
    return without_nothing(member_state=state, lot=lot or None, **told)


def without_lists(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if not isinstance(value, list)}


@batch.command("list")
def list_all() -> None:
    """List your batches."""
    found = list(pages(with_key(), "/batches", "batches"))
    columns = ("batch", "gtin", "quantity", "template", "member_state", "recorded_at")
    terminal().listing(found, columns, [[one[name] for name in columns] for one in found])


@batch.command()
@click.argument("batch", type=click.UUID)
def show(batch: UUID) -> None:
    """Show a batch and how its units stand."""
    found = with_key().get(f"/batches/{batch}")
    lines = [
        f"{name.replace('_', ' ')}: {value}"
        for name, value in found.items()
        if value is not None and not isinstance(value, dict)
    ]
    statuses = found.get("units", {})
    lines += [f"{status.replace('_', ' ').lower()}: {n:,}" for status, n in statuses.items()]
    terminal().answer(found, *lines, brief=found["quantity"])


@batch.command()
@click.argument("batch", type=click.UUID)
@click.option("-o", "--out", type=OUT, help="File to write, - for the standard output.")
@click.option(
    "--format", "form", type=click.Choice(tuple(FORMS)), default="text", show_default=True
)
@click.option("--first", type=click.IntRange(min=0), help="From this unit on; counted from 0.")
@click.option("--count", type=click.IntRange(min=1), help="So many units.")
def codes(batch: UUID, out: str | None, form: str, first: int | None, count: int | None) -> None:
    """Download the marking codes of a batch, with their separators exact.

    A whole batch comes block by block, each block proven by its digest; called again after an
    interruption, the download goes on where it stopped.
    """
    service = with_key()
    path = out or f"{batch}.{FORMS[form]}"
    if path == "-" or first is not None or count is not None:
        asked = {"format": form, "first": first, "count": count}
        with service.stream(f"/batches/{batch}/codes", **asked) as pieces:
            save(path, pieces)
        return
    units = download(service, Order(str(batch), form, Path(path)))
    terminal().answer({"file": path, "units": units}, f"{units:,} codes are in {path}.", brief=path)
