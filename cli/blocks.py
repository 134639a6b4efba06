"""Blocks: what inspectors and operators ban, and what they lift."""

from typing import Any
from uuid import UUID

import click

from cli.client import tell_repeat, with_key
from cli.files import Source
from cli.identity import made_once
from cli.options import FILE, Command, Moment, command, request_id, without_nothing
from cli.participants import pages
from cli.terminal import terminal

WHAT = "Block what? Name CODES, --file, --batch, --sscc, --gtin, --lot with --gtin, or --group."


@click.command(cls=Command)
@click.argument("codes", nargs=-1)
@click.option("--file", type=FILE, help="Scanned codes, one a line.")
@click.option(
    "--batch", type=click.UUID, help="A whole batch; with --first and --count, units of it."
)
@click.option("--first", type=click.IntRange(min=0), help="From this unit on; counted from 0.")
@click.option("--count", type=click.IntRange(min=1), help="So many units.")
@click.option("--sscc", help="A package, with all that is in it.")
@click.option("--gtin", help="All goods of this GTIN in your member state.")
@click.option("--lot", help="With --gtin: only those of this lot.")
@click.option("--group", help="All goods of this product group in your member state.")
@click.option("--reason", required=True, help="Why; kept with the block.")
@click.option("--legal-basis", help="The law, or the order.")
@click.option("--until", type=Moment(), help="Default: until it is lifted.")
@click.option("--dry-run", is_flag=True, help="Tell how much it would cover, and change nothing.")
@request_id
def block(given_id: UUID | None, **told: Any) -> None:  # noqa: ANN401 - options of many kinds
    """Block goods, whoever holds them, as an inspector or operator.

    The goods are CODES, or what one of the options names.
    """
    body = what(told) | without_nothing(
        reason=told["reason"], legal_basis=told["legal_basis"], until=told["until"]
    )
    service, request = with_key(), made_once(given_id)
    response = service.change(f"/blocks/{request}", body, id=request, dry_run=told["dry_run"])
    found = service.document(response)
    units = "" if found["units"] is None else f", {found['units']:,} units"
    if told["dry_run"]:
        terminal().answer(found, f"It would cover: {found['scope']}{units}.", brief=found["units"])
        return
    tell_repeat(response)
    terminal().answer(
        found,
        f"Blocked: {found['scope']}{units}, event {found['event']}.",
        f"→ tamga unblock {found['block']}",
        brief=found["block"],
    )


def what(told: dict[str, Any]) -> dict[str, Any]:
    """What is blocked, in the one way in which it is named."""
    codes = [*told["codes"], *(Source(told["file"]).lines() if told["file"] else ())]
    is_run = told["first"] is not None or told["count"]
    if is_run and not (told["batch"] and told["count"]):
        raise click.UsageError("Units of a batch: --batch, --first and --count.")
    if told["lot"] and not told["gtin"]:
        raise click.UsageError("A lot is one of a GTIN: --gtin.")
    run = {"batch": str(told["batch"]), "first": told["first"] or 0, "count": told["count"]}
    units = without_nothing(codes=codes or None, runs=[run] if is_run else None)
    lot = {"gtin": told["gtin"], "lot_number": told["lot"]} if told["lot"] else None
    others = without_nothing(
        batch=None if is_run else told["batch"],
        package=told["sscc"],
        lot=lot,
        gtin=None if lot else told["gtin"],
        product_group=told["group"],
    )
    if bool(units) + len(others) != 1:
        raise click.UsageError(WHAT)
    return units | others


@command()
@click.argument("block_id", metavar="BLOCK", type=click.UUID)
@click.option("--reason", required=True, help="Why it ends; kept with it.")
@request_id
def unblock(block_id: UUID, reason: str, given_id: UUID | None) -> None:
    """Lift a block: what no other block covers is free again."""
    service, request = with_key(), made_once(given_id)
    path = f"/blocks/{block_id}/lifting/{request}"
    response = service.change(path, {"reason": reason}, id=request)
    tell_repeat(response)
    found = service.document(response)
    line = f"Block {block_id} is lifted, event {found['event']}."
    terminal().answer(found, line, brief=found["event"])


@command()
@click.argument("block_id", metavar="[BLOCK]", type=click.UUID, required=False)
def blocks(block_id: UUID | None) -> None:
    """List the blocks of your member state, the newest first, or tell one."""
    service = with_key()
    if block_id:
        tell(service.get(f"/blocks/{block_id}"))
        return
    found = list(pages(service, "/blocks", "blocks"))
    terminal().listing(
        found,
        ("block", "in force", "what", "until", "reason"),
        [
            (
                one["block"],
                "yes" if one["in_force"] else "no",
                covered(one),
                one["until"],
                one["reason"],
            )
            for one in found
        ],
    )


def tell(found: dict[str, Any]) -> None:
    until = f" until {found['until']}" if found["until"] else ""
    state = f"in force{until}" if found["in_force"] else "over"
    ended = found["ended"]
    terminal().answer(
        found,
        f"{covered(found)}: {state}.",
        f"  since {found['since']}, by {found['authority']['name']}",
        f"  {found['reason']}",
        *([f"  {found['legal_basis']}"] if found["legal_basis"] else []),
        *([f"  {ended['kind']} at {ended['recorded_at']}"] if ended else []),
        *(
            f"  batch {one['batch']}, units {one['first']} to {one['first'] + one['count'] - 1}"
            for one in found["runs"]
        ),
        brief="in force" if found["in_force"] else "over",
    )


def covered(one: dict[str, Any]) -> str:
    """What a block covers, in a few words."""
    if one["units"] is not None:
        return f"{one['units']:,} units"
    if one["lot"]:
        return f"lot {one['lot']['lot_number']} of {one['lot']['gtin']}"
    names = {
        "package": "package",
        "batch": "batch",
        "gtin": "GTIN",
        "product_group": "product group",
    }
    return next(f"{name} {one[key]}" for key, name in names.items() if one[key])
