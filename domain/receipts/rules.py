"""What a fiscal receipt says, which of a call are recorded, and what they make of a unit. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from domain.catalogue.reasons import RETAIL, check_fraction
from domain.codes.rules import check_occurred
from domain.deadlines.rules import Ending, closed_status
from domain.errors import Refusal
from domain.findings.rules import By, Finding, Happened, Sale, Stood, about, sale_before
from domain.registry.spans import Standing
from domain.vocabulary import FindingRule, ReceiptKind, TransferStatus, UnitStatus

DISTANCE_SALE = "DISTANCE_SALE"
OF_A_SALE = frozenset({RETAIL, DISTANCE_SALE})

DIGEST_BYTES = 16  # there are hundreds of millions of receipts, and each is compared with one

# What a sale over the counter makes of a whole unit in circulation.
SOLD = {"status": UnitStatus.WITHDRAWN, "withdrawal_reason": RETAIL}

Key = tuple[str, str]  # till, fiscal document


class Share(NamedTuple):
    """So many parts of a unit that is divided into so many."""

    parts: int
    of: int


class Receipt(NamedTuple):
    """What a till printed: the codes of units and packs, and of some the share that was sold.

    `shares` are named by the places of their codes.
    """

    till: str
    fiscal_document: str
    kind: ReceiptKind
    issued_at: datetime
    codes: Sequence[str]
    shares: Mapping[int, Share] = MappingProxyType({})
    is_distance_sale: bool = False

    @property
    def key(self) -> Key:
        return self.till, self.fiscal_document

    @property
    def reason(self) -> str:
        """Why its units leave circulation."""
        return DISTANCE_SALE if self.is_distance_sale else RETAIL

    @property
    def is_plain_sale(self) -> bool:
        """Whether it sells whole units over the counter, as nearly all do."""
        return self.kind is ReceiptKind.SALE and not self.is_distance_sale and not self.shares

    @property
    def digest(self) -> bytes:
        """16 bytes that tell its content from any other, however it was written down."""
        moment = self.issued_at.timestamp()
        shares = [[at, *share] for at, share in sorted(self.shares.items())]
        said = [self.kind, moment, self.is_distance_sale, list(self.codes), shares]
        return sha256(orjson.dumps(said)).digest()[:DIGEST_BYTES]


class Outcome(StrEnum):
    """What became of a receipt in a call."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    REFUSED = "refused"


# Which are recorded


def faults(
    receipts: Sequence[Receipt], groups: Sequence[Mapping[int, str]], now: datetime
) -> dict[int, Refusal]:
    """The receipts that no till can have printed, by their places in the call, and why.

    `groups` has for each receipt the product groups of the units that it sells a share of, as far
    as they are known.
    """
    found = {}
    for at, (receipt, known) in enumerate(zip(receipts, groups, strict=True)):
        try:
            check(receipt, known, now)
        except Refusal as refusal:
            found[at] = refusal
    return found


def check(receipt: Receipt, groups: Mapping[int, str], now: datetime) -> None:
    """Refuse a receipt from the future, and fractions that its items' groups do not allow.

    How the goods stand refuses nothing: a receipt is a fact.
    """
    check_occurred(receipt.issued_at, now)
    for at, share in receipt.shares.items():
        if at in groups:
            check_fraction(groups[at], share.parts, share.of)


def sorted_out(
    receipts: Sequence[Receipt],
    digests: Sequence[bytes],
    known: Mapping[Key, bytes],
    refused: Mapping[int, Refusal],
) -> list[Outcome]:
    """What becomes of each receipt; `known` are the digests of those recorded before."""
    seen = dict(known)
    outcomes = []
    for at, (receipt, digest) in enumerate(zip(receipts, digests, strict=True)):
        before = seen.get(receipt.key)
        if before is not None:
            outcomes.append(Outcome.REPEATED if before == digest else Outcome.CONFLICT)
        elif at in refused:
            outcomes.append(Outcome.REFUSED)
        else:
            seen[receipt.key] = digest
            outcomes.append(Outcome.RECORDED)
    return outcomes


# What they make of a unit


def after_sale(standing: Standing, share: Share | None, reason: str) -> Standing:
    """How a unit stands after a receipt sold it, or a share of it.

    What is not in circulation stays as it is: it was sold all the same, and that is recorded.
    """
    if standing.status is not UnitStatus.IN_CIRCULATION:
        return standing
    if share is None and standing.whole_parts is None:
        return standing._replace(status=UnitStatus.WITHDRAWN, withdrawal_reason=reason)
    whole, left = division(standing, share)
    rest = max(left - taken(whole, share), 0)
    divided = standing._replace(whole_parts=whole, remaining_parts=rest)
    if rest:
        return divided
    return divided._replace(status=UnitStatus.WITHDRAWN, withdrawal_reason=reason)


def after_return(standing: Standing, share: Share | None) -> Standing:
    """How a unit stands after it, or a share of it, came back; what was not sold stays."""
    if not was_sold(standing):
        return standing
    whole, left = division(standing, share)
    came = min(left + taken(whole, share), whole)
    back = standing._replace(status=UnitStatus.IN_CIRCULATION, withdrawal_reason=None)
    if came == whole:
        return back._replace(whole_parts=None, remaining_parts=None)
    return back._replace(whole_parts=whole, remaining_parts=came)


def was_sold(standing: Standing) -> bool:
    """Whether the unit, or a share of it, can come back from a customer."""
    if standing.status is UnitStatus.WITHDRAWN:
        return standing.withdrawal_reason in OF_A_SALE
    whole, left = division(standing, None)
    return standing.status is UnitStatus.IN_CIRCULATION and left < whole


def division(standing: Standing, share: Share | None) -> tuple[int, int]:
    """Into how many parts a unit is divided, and how many of them are left.

    It is divided as the first said who took a share of it.
    """
    if standing.whole_parts is not None:
        return standing.whole_parts, standing.remaining_parts or 0
    whole = share.of if share else 1
    return whole, whole if standing.status is UnitStatus.IN_CIRCULATION else 0


def taken(whole: int, share: Share | None) -> int:
    """How many of the unit's own parts a share is; part of a part counts as one."""
    return whole if share is None else -(-share.parts * whole // share.of)


def is_oversold(standing: Standing, share: Share | None) -> bool:
    """Whether a receipt sells more of a unit than is left of it."""
    if share is None or standing.status is not UnitStatus.IN_CIRCULATION:
        return False
    whole, left = division(standing, share)
    return taken(whole, share) > left


# What they take out of transfers


class SoldOut(NamedTuple):
    """What receipts took out of a transfer, how it stands then, and the event that ended it."""

    transfer_id: int
    units: int
    status: TransferStatus
    closed_by: int | None


def sold_out(before: Ending, units: int, last_event: int) -> SoldOut:
    """A transfer out of which so many units were sold; it ends when nothing is left in it."""
    after = before._replace(sold_units=before.sold_units + units)
    if after.left:
        return SoldOut(before.id, units, before.status, None)
    return SoldOut(before.id, units, closed_status(after), last_event)


# What looks wrong, beside what `domain/findings` judges of every sale


def judge_sold(sale: Sale, unit: Stood, *, in_bundle: bool, is_oversold: bool) -> list[Finding]:
    """Parts of a bundle are not sold one by one, and no more of a unit than is left of it."""
    found = []
    if in_bundle:
        found.append(told(FindingRule.PART_OF_BUNDLE_SOLD, sale, unit, {}))
    if is_oversold:
        found.append(told(FindingRule.SOLD_TWICE, sale, unit, {}))
    return found


def judge_returned(
    sale: Sale, unit: Stood, *, was_sold: bool, sold: Happened | None
) -> list[Finding]:
    """What looks wrong in that a customer brought this unit back; `sold` is its last sale."""
    if not was_sold:
        return [told(FindingRule.RETURNED_NOT_SOLD, sale, unit, {"status": unit.status.value})]
    if sold is None or sold.participant_id == sale.seller_id:
        return []
    return [told(FindingRule.RETURNED_BY_ANOTHER, sale, unit, sale_before(sold))]


def told(rule: FindingRule, sale: Sale, unit: Stood, facts: Mapping[str, Any]) -> Finding:
    by = By(sale.seller_state, sale.seller_id, sale.event_id)
    return about(rule, unit, {**sale.facts, **facts}, by)
