"""Transfers of custody: offers, their answers, and how they stand."""

from typing import Any
from uuid import UUID

import click

from cli.client import Service, tell_repeat, with_key
from cli.files import Source
from cli.identity import made_once
from cli.options import FILE, Day, Group, Moment, all_of, occurred_at, request_id, without_nothing
from cli.participants import STATES, pages
from cli.terminal import terminal

KINDS = ("SALE", "MOVEMENT", "CONTRACT_MANUFACTURE")
STATUSES = ("OFFERED", "ACCEPTED", "PARTLY_ACCEPTED", "REJECTED", "CANCELLED", "EXPIRED")
DOCUMENTS = (
    "CONSIGNMENT_NOTE",
    "UTD",
    "CUSTOMS_DECLARATION",
    "RECEIPT",
    "SALES_RECEIPT",
    "DESTRUCTION_ACT",
    "OTHER",
)
DAY = 86_400

goods_options = (
    click.option("--sscc", "packages", multiple=True, help="A package; as often as needed."),
    click.option("--code", "codes", multiple=True, help="A scanned code; as often as needed."),
    click.option("--file", type=FILE, help="Scanned codes, one a line."),
    click.option("--batch", type=click.UUID, help="Units of this batch: all, or a run of it."),
    click.option("--first", type=click.IntRange(min=0), help="From this unit on; counted from 0."),
    click.option("--count", type=click.IntRange(min=1), help="So many units."),
)


@click.group(cls=Group)
def transfer() -> None:
    """Offer goods, answer offers, and see what is open."""


@transfer.command()
@click.option("--to", "participant", type=click.UUID, help="The receiver's id.")
@click.option("--to-state", type=click.Choice(STATES, case_sensitive=False), help="Its state ...")
@click.option("--to-tax-id", help="... and tax id; it may register later.")
@click.option(
    "--kind", type=click.Choice(KINDS, case_sensitive=False), default="SALE", show_default=True
)
@all_of(*goods_options)
@click.option(
    "--document-kind",
    type=click.Choice(DOCUMENTS, case_sensitive=False),
    default="CONSIGNMENT_NOTE",
    show_default=True,
)
@click.option("--document", required=True, help="The number of the document.")
@click.option("--document-date", type=Day(), required=True, help="Its date.")
@click.option("--expires-at", type=Moment(), help="When the offer ends; default: in 30 days.")
@click.option("--place", help="Where it happened.")
@occurred_at
@request_id
def offer(given_id: UUID | None, **told: Any) -> None:  # noqa: ANN401 - options of many kinds
    """Offer goods to another participant: they are locked until the receiver answers."""
    service = with_key()
    body = without_nothing(
        kind=told["kind"].upper(),
        receiver=receiver(told),
        goods=goods(service, told),
        documents=[document(told)],
        expires_at=told["expires_at"],
        occurred_at=told["occurred_at"],
        place=told["place"],
    )
    request = made_once(given_id)
    found = changed(service, f"/transfers/{request}", body, request)
    screen = terminal()
    screen.answer(
        found,
        f"Offered {found['units']:,} units to {named(found['receiver'])}: {found['transfer']}",
        brief=found["transfer"],
    )
    for road in found["roads"]:
        screen.say(f"  {road['product_group']}: {road['regime']} ({road['basis']})")


@transfer.command()
@click.argument("transfer_id", type=click.UUID)
@all_of(*goods_options)
@click.option("--verified", is_flag=True, help="Every whole marking code was scanned.")
@click.option("--missing", multiple=True, help="A code or SSCC that did not arrive.")
@click.option("--surplus", multiple=True, help="A code that came without being offered.")
@click.option("--close", is_flag=True, help="Give back what is not answered.")
@click.option("--place", help="Where it happened.")
@occurred_at
@request_id
def accept(transfer_id: UUID, given_id: UUID | None, **told: Any) -> None:  # noqa: ANN401
    """Accept a transfer: all that is left of it, or the goods named."""
    service = with_key()
    part = goods(service, told)
    body = without_nothing(
        all=None if part else True,
        goods=part or None,
        missing=sorted_out(told["missing"]) or None,
        surplus=list(told["surplus"]) or None,
        assurance="VERIFIED" if told["verified"] else "TRUSTING",
        close=told["close"] or None,
        occurred_at=told["occurred_at"],
        place=told["place"],
    )
    request = made_once(given_id)
    tell_answer(changed(service, f"/transfers/{transfer_id}/acceptances/{request}", body, request))


@transfer.command()
@click.argument("transfer_id", type=click.UUID)
@all_of(*goods_options)
@click.option("--reason", required=True, help="Why, in your own words.")
@occurred_at
@request_id
def reject(transfer_id: UUID, given_id: UUID | None, **told: Any) -> None:  # noqa: ANN401
    """Reject a transfer: all that is left of it, or the goods named."""
    service = with_key()
    part = goods(service, told)
    body = without_nothing(
        all=None if part else True,
        goods=part or None,
        reason=told["reason"],
        occurred_at=told["occurred_at"],
    )
    request = made_once(given_id)
    tell_answer(changed(service, f"/transfers/{transfer_id}/rejections/{request}", body, request))


@transfer.command()
@click.argument("transfer_id", type=click.UUID)
@click.option("--reason", help="Why, in your own words.")
@request_id
def cancel(transfer_id: UUID, reason: str | None, given_id: UUID | None) -> None:
    """Take an offer back, as long as nobody has answered it."""
    service, request = with_key(), made_once(given_id)
    path = f"/transfers/{transfer_id}/cancellations/{request}"
    tell_answer(changed(service, path, without_nothing(reason=reason), request))


@transfer.command(name="list")
@click.option("--sent", is_flag=True, help="Your own offers; else those to you.")
@click.option("--status", type=click.Choice(STATUSES, case_sensitive=False))
def listing(*, sent: bool, status: str | None) -> None:
    """List transfers, the oldest first, with their age."""
    asked = without_nothing(side="sent" if sent else "received", status=status and status.upper())
    found = list(pages(with_key(), "/transfers", "transfers", **asked))
    other = "receiver" if sent else "sender"
    terminal().listing(
        found,
        ("transfer", "status", "units", "left", "days", other),
        [
            (
                one["transfer"],
                one["status"],
                one["offered"],
                one["left"],
                one["age_seconds"] // DAY,
                named(one[other]),
            )
            for one in found
        ],
    )


@transfer.command()
@click.argument("transfer_id", type=click.UUID)
def show(transfer_id: UUID) -> None:
    """Tell how a transfer stands: its goods, answers and discrepancies."""
    found = with_key().get(f"/transfers/{transfer_id}")
    counts = ", ".join(
        f"{found[name]:,} {name}" for name in ("offered", "accepted", "released", "sold", "left")
    )
    lines = [
        f"{found['status']}: {named(found['sender'])} → {named(found['receiver'])}",
        f"  {counts}",
        *(f"  {one['kind']}: {one['number']} of {one['date']}" for one in found["documents"]),
        *(f"  package {one}" for one in found["goods"]["packages"]),
        *(f"  {tell_run(one)}" for one in found["goods"]["runs"]),
        *(
            f"  {one['kind'].lower()}: {one['code'] or one['note']}"
            for one in found["discrepancies"]
        ),
    ]
    terminal().answer(found, *lines, brief=found["status"])


def receiver(told: dict[str, Any]) -> dict[str, Any]:
    """Whom the goods go to: an id, or a state and a tax id."""
    by_tax_id = bool(told["to_state"]) and bool(told["to_tax_id"])
    if bool(told["participant"]) == by_tax_id:
        raise click.UsageError("To whom? Give --to, or --to-state and --to-tax-id.")
    if by_tax_id:
        return {"member_state": told["to_state"].upper(), "tax_id": told["to_tax_id"]}
    return {"participant": str(told["participant"])}


def goods(service: Service, told: dict[str, Any]) -> dict[str, Any]:
    """The goods that the options name; none: an empty object."""
    if (told["first"] is not None or told["count"]) and not told["batch"]:
        raise click.UsageError("--first and --count are of a --batch.")
    codes = [*told["codes"], *(Source(told["file"]).lines() if told["file"] else ())]
    runs = []
    if told["batch"]:
        first, count = told["first"] or 0, told["count"]
        if count is None:
            count = max(service.get(f"/batches/{told['batch']}")["quantity"] - first, 1)
        runs.append({"batch": str(told["batch"]), "first": first, "count": count})
    return without_nothing(
        codes=codes or None, runs=runs or None, packages=list(told["packages"]) or None
    )


SSCC_DIGITS = (18, 20)


def sorted_out(texts: tuple[str, ...]) -> dict[str, Any]:
    """Scans of either kind as goods."""
    packages = [one for one in texts if one.isdigit() and len(one) in SSCC_DIGITS]
    codes = [one for one in texts if one not in packages]
    return without_nothing(codes=codes or None, packages=packages or None)


def document(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": told["document_kind"].upper(),
        "number": told["document"],
        "date": told["document_date"].isoformat(),
    }


def changed(service: Service, path: str, body: dict[str, Any], request: UUID) -> dict[str, Any]:
    """Send a change; returns its receipt, and says if it is a repeat."""
    response = service.change(path, body, id=request)
    tell_repeat(response)
    found: dict[str, Any] = service.document(response)
    return found


def tell_answer(found: dict[str, Any]) -> None:
    left = f", {found['left']:,} left to answer" if found["left"] else ""
    reported = found["discrepancies"]
    report = f"; {reported} discrepancies reported to both sides" if reported else ""
    terminal().answer(
        found,
        f"{found['status']}: {found['accepted']:,} accepted, {found['released']:,} released"
        f"{left}{report}.",
        brief=found["status"],
    )


def named(party: dict[str, Any]) -> str:
    return f"{party['name'] or 'tax id ' + party['tax_id']}, {party['member_state']}"


def tell_run(run: dict[str, Any]) -> str:
    last = run["first"] + run["count"] - 1
    return f"batch {run['batch']}, units {run['first']} to {last}"
