"""Goods that change hands: a producer, a buyer, packages, offers and receipts."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from bench.registry import COMPANY, Registry, bootstrapped, newcomer
from bench.rows import GS
from bench.stage import Stage
from bench.wire import JSON, Caller, request
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import MemberState

SHUFFLED = 99
REJECTS = 500  # of so many units a line throws one out
COLUMNS = "text/tab-separated-values"
DOCUMENTS = [{"kind": "CONSIGNMENT_NOTE", "number": "15", "date": "2026-01-20"}]
SOLD_AT = "2026-02-01T10:00:00+03:00"
TILL = "0000000001234567"
FISCAL_DOCUMENTS = count(1)
BUYERS = {
    MemberState.RU: {"name": "Магазин", "member_state": "RU", "tax_id": "7702070139"},
    MemberState.BY: {"name": "Магазін", "member_state": "BY", "tax_id": "190582331"},
}


def new_ssccs() -> Iterator[str]:
    """Endless SSCCs of the company."""
    for number in count(1):
        digits = f"{COMPANY}{number:010d}"
        yield digits + check_digit(digits)


@dataclass(frozen=True)
class Trader:
    """A participant and what it does over its own connection."""

    id: UUID
    api_key: str
    caller: Caller

    def request(self, method: str, path: str, body: bytes) -> bytes:
        """The bytes of a request by this participant."""
        return request(method, path, body, {"Authorization": f"Bearer {self.api_key}"})

    def pack(self, report: bytes) -> Any:  # noqa: ANN401
        """Send in a line's report."""
        return self.caller.put_file(f"/packings/{uuid4()}/file", report, COLUMNS)

    def pack_packages(self, outer: str, inner: Sequence[str]) -> None:
        """Put packages into a new one."""
        told = {"packages": [{"sscc": outer, "contents": {"packages": inner}}]}
        self.caller.call("PUT", f"/packings/{uuid4()}", told)

    def unpack(self, packages: Sequence[str]) -> None:
        """Dissolve packages."""
        self.caller.call("PUT", f"/unpackings/{uuid4()}", {"packages": packages})

    def offer(self, told: bytes) -> UUID:
        transfer = uuid4()
        self.caller.send("PUT", f"/transfers/{transfer}", told, JSON)
        return transfer

    def accept(self, transfer: UUID) -> Any:  # noqa: ANN401
        """Accept all of an offer."""
        path = f"/transfers/{transfer}/acceptances/{uuid4()}"
        return json.loads(self.caller.send("PUT", path, ACCEPTED, JSON))


ACCEPTED = json.dumps({"all": True, "assurance": "TRUSTING"}).encode()


@dataclass(frozen=True)
class Market:
    """The producer of a registry, and somebody it sells to."""

    registry: Registry
    producer: Trader
    buyer: Trader
    ssccs: Iterator[str]

    @classmethod
    async def opened(cls, stage: Stage, name: str, state: MemberState = MemberState.RU) -> "Market":
        """A buyer in this member state; where the registry has it already, that one."""
        registry = await Registry.opened(stage, name)
        kept = registry.kept
        if f"market {state}" not in kept:
            operator = registry.operator
            if state is not MemberState.RU:
                operator = Caller(registry.port, await bootstrapped(stage, name, state))
            buyer, key = newcomer(operator, BUYERS[state])
            ssccs = kept.setdefault("ssccs", new_ssccs())
            producer = Trader(registry.producer, registry.api_key, registry.caller)
            market = cls(registry, producer, Trader(buyer, key, Caller(registry.port, key)), ssccs)
            kept[f"market {state}"] = market
        found: Market = kept[f"market {state}"]
        return found

    def hand_over(self, offers: Sequence[tuple[Trader, bytes]]) -> None:
        """Each of these offers is made and accepted by the other side."""
        for sender, told in offers:
            receiver = self.buyer if sender is self.producer else self.producer
            receiver.accept(sender.offer(told))

    def there_and_back(self, goods: object) -> list[tuple[Trader, bytes]]:
        """The offers of these goods by the producer to the buyer, and by the buyer back."""
        return [
            (self.producer, offer_of(goods, self.buyer)),
            (self.buyer, offer_of(goods, self.producer)),
        ]

    def wake(self) -> None:
        self.producer.caller.wake()
        self.buyer.caller.wake()

    def close(self) -> None:
        self.buyer.caller.close()


def offer_of(goods: object, receiver: Trader) -> bytes:
    told = {
        "kind": "SALE",
        "receiver": {"participant": str(receiver.id)},
        "goods": goods,
        "documents": DOCUMENTS,
    }
    return json.dumps(told).encode()


def identification_code(marking_code: str) -> str:
    """What stands in documents: the code without its verification code."""
    return marking_code.partition(GS)[0]


def off_the_line(codes: Iterable[str], units: int) -> list[str]:
    """So many codes in the order of printing, without what the line threw out."""
    chance = random.Random(SHUFFLED).random
    kept = [code for code in codes if chance() * REJECTS >= 1]
    return kept[:units]


def shuffled(codes: Sequence[str]) -> list[str]:
    return random.Random(SHUFFLED).sample(codes, len(codes))


def line_report(
    codes: Sequence[str], ssccs: Iterator[str], *, case: int, pallet: int
) -> tuple[bytes, list[str]]:
    """What a line reports of its cases and pallets, parent and child a line; and the pallets."""
    lines, pallets = [], []
    for first in range(0, len(codes), case * pallet):
        on_pallet = codes[first : first + case * pallet]
        cases = [next(ssccs) for _ in range(0, len(on_pallet), case)]
        pallets.append(next(ssccs))
        lines += [f"{cases[at // case]}\t{code}\n" for at, code in enumerate(on_pallet)]
        lines += [f"{pallets[-1]}\t{sscc}\n" for sscc in cases]
    return "".join(lines).encode(), pallets


def receipt_calls(codes: Sequence[str], *, units: int, receipts: int) -> Iterator[bytes]:
    """The bodies of calls of so many receipts of so many units; no two receipts are alike."""
    each = units * receipts
    for first in range(0, len(codes), each):
        found = codes[first : first + each]
        told = [receipt(found[at : at + units]) for at in range(0, len(found), units)]
        yield json.dumps({"receipts": told}).encode()


def receipt(codes: Sequence[str], till: str = TILL) -> dict[str, Any]:
    return {
        "till": till,
        "fiscal_document": str(next(FISCAL_DOCUMENTS)),
        "kind": "SALE",
        "issued_at": SOLD_AT,
        "items": [{"code": code} for code in codes],
    }
