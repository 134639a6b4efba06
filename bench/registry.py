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
OPERATOR_TAX_ID = "7707083893"
PRODUCER = {"name": "Завод", "member_state": STATE, "tax_id": "7736050003"}
SCOPES = ["READ", "ISSUE", "REPORT"]
COMPANY = "0460000"

# Templates with serials of 13 characters, of which the cipher makes 12; all in force in the state.
GROUP = {"S": "water", "L44": "perfumery", "L88": "shoes"}
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
        api_key = await enter(stage, name, port)
        made = cls(stage, name, port, api_key, Caller(port, api_key))
        stage.kept[name] = made
        return made

    async def close(self) -> None:
        """Stop the service and drop its database."""
        self.caller.close()
        self.stage.stop(self.name)
        del self.stage.kept[self.name]
        await self.stage.drop_database(self.name)

    def products(self, family: str, number: int) -> list[str]:
        """New products, registered from one file; returns their GTINs."""
        made = [next(self.gtins) for _ in range(number)]
        lines = [f"{gtin},{GROUP[family]},Товар {gtin}" for gtin in made]
        file = "\n".join(["gtin,product_group,name", *lines]).encode()
        self.caller.send("PUT", f"/imports/{uuid4()}", file, "text/csv")
        return made

    def order(self, gtin: str, family: str, quantity: int) -> dict[str, Any]:
        template = f"{GROUP[family]}-{family.lower()}"
        told = {"gtin": gtin, "quantity": quantity, "member_state": STATE, "template": template}
        return told | {"lot": LOT}

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


async def enter(stage: Stage, name: str, port: int) -> str:
    """The first operator as `tamga bootstrap` makes it, then a producer over HTTP; its key."""
    database = Database(stage.url(name), role=None, pool_size=1)
    try:
        _, issued = await bootstrap(
            database, member_state=STATE, name="Оператор", tax_id=OPERATOR_TAX_ID
        )
    finally:
        await database.dispose()
    operator = Caller(port, issued.api_key)
    producer = uuid4()
    operator.call("PUT", f"/participants/{producer}", PRODUCER)
    terms = {"scopes": SCOPES}
    told = operator.call("PUT", f"/participants/{producer}/keys/{uuid4()}", terms)
    operator.close()
    return str(told["api_key"])


def scan(code: str) -> bytes:
    """The body of a request about one code."""
    return json.dumps({"code": code}).encode()


def scans(codes: Sequence[str]) -> bytes:
    return json.dumps({"codes": list(codes)}).encode()
