"""Tamga as a participant meets it: a service, a producer with a key, products and batches."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from bench.stage import Stage
from bench.wire import Caller
from domain.database import Database
from domain.participants.actions import bootstrap
from domain.standards.gs1_keys import check_digit
from domain.standards.member_state import MemberState

STATE = MemberState.RU
OPERATOR_TAX_ID = {MemberState.RU: "7707083893", MemberState.BY: "100582333"}
PRODUCER = {"name": "Завод", "member_state": STATE, "tax_id": "7736050003"}
SCOPES = ["READ", "ISSUE", "REPORT"]
COMPANY = "0460000"

# The families' templates have serials of 13 characters, of which the cipher makes 12. All five are
# in force in the state, and what has the last two may cross the border to Belarus.
TEMPLATE = {
    "S": "water-s",
    "L44": "perfumery-l44",
    "L88": "shoes-l88",
    "milk": "milk-s",
    "apparel": "lp-l44",
}
LOT = {"lot_number": "L-1", "produced_on": "2026-01-15", "expires_on": "2099-01-15"}


def new_gtins() -> Iterator[str]:
    """Endless GTINs of one company."""
    for number in count(1):
        digits = f"{COMPANY}{number:06d}"
        yield digits + check_digit(digits)


@dataclass
class Registry:
    """A service on a database of its own, and its producer."""

    stage: Stage
    name: str
    port: int
    operator: Caller
    producer: UUID
    api_key: str
    caller: Caller
    gtins: Iterator[str] = field(default_factory=new_gtins)
    kept: dict[str, Any] = field(default_factory=dict)  # what several figures scan

    @classmethod
    async def opened(cls, stage: Stage, name: str) -> "Registry":
        """A new registry; where the stage has it already, that one."""
        if name in stage.kept:
            found: Registry = stage.kept[name]
            return found
        port = await stage.make_registry(name)
        operator = Caller(port, await bootstrapped(stage, name))
        producer, api_key = newcomer(operator, PRODUCER)
        made = cls(stage, name, port, operator, producer, api_key, Caller(port, api_key))
        stage.kept[name] = made
        return made

    async def close(self) -> None:
        """Stop the service and drop its database."""
        self.caller.close()
        self.operator.close()
        self.stage.stop(self.name)
        del self.stage.kept[self.name]
        await self.stage.drop_database(self.name)

    def products(self, family: str, number: int) -> list[str]:
        """New products, registered from one file; returns their GTINs."""
        made = [next(self.gtins) for _ in range(number)]
        group = TEMPLATE[family].rpartition("-")[0]
        lines = [f"{gtin},{group},Товар {gtin}" for gtin in made]
        file = "\n".join(["gtin,product_group,name", *lines]).encode()
        self.caller.send("PUT", f"/imports/{uuid4()}", file, "text/csv")
        return made

    def order(self, gtin: str, family: str, quantity: int) -> dict[str, Any]:
        told = {"gtin": gtin, "quantity": quantity, "member_state": STATE, "lot": LOT}
        return told | {"template": TEMPLATE[family]}

    def register(self, gtin: str, family: str, quantity: int) -> UUID:
        """Register a batch; returns its id."""
        batch = uuid4()
        self.caller.call("PUT", f"/batches/{batch}", self.order(gtin, family, quantity))
        return batch

    def batch(self, family: str, quantity: int) -> UUID:
        """A batch of a new product."""
        return self.register(self.products(family, 1)[0], family, quantity)

    def codes(self, batch: UUID, first: int, number: int) -> list[str]:
        """Marking codes of a batch."""
        path = f"/batches/{batch}/codes?first={first}&count={number}"
        return self.caller.send("GET", path, b"", "").decode().rstrip("\n").split("\n")

    def report(
        self, verb: str, batch: UUID, first: int, number: int, **more: object
    ) -> dict[str, Any]:
        """Take a step with a run of a batch."""
        body = {"runs": [{"batch": str(batch), "first": first, "count": number}], **more}
        answer: dict[str, Any] = self.caller.call("PUT", f"/{verb}/{uuid4()}", body)
        return answer

    def circulate(self, batch: UUID, quantity: int) -> None:
        """Apply and introduce a whole batch."""
        self.report("applications", batch, 0, quantity)
        self.report("introductions", batch, 0, quantity)


async def bootstrapped(stage: Stage, name: str, state: MemberState = STATE) -> str:
    """The key of a state's first operator, as `tamga bootstrap` makes it."""
    database = Database(stage.url(name), role=None, pool_size=1)
    try:
        _, issued = await bootstrap(
            database, member_state=state, name="Оператор", tax_id=OPERATOR_TAX_ID[state]
        )
    finally:
        await database.dispose()
    return str(issued.api_key)


def newcomer(operator: Caller, card: dict[str, str]) -> tuple[UUID, str]:
    """A participant registered over HTTP, and its key."""
    participant = uuid4()
    operator.call("PUT", f"/participants/{participant}", card)
    terms = {"scopes": SCOPES}
    told = operator.call("PUT", f"/participants/{participant}/keys/{uuid4()}", terms)
    return participant, str(told["api_key"])


def scan(code: str) -> bytes:
    """The body of a request about one code."""
    return json.dumps({"code": code}).encode()


def scans(codes: Sequence[str]) -> bytes:
    return json.dumps({"codes": list(codes)}).encode()
