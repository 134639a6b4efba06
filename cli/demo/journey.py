"""The journey of the goods: packed in Belarus, accepted in Kazakhstan, sold there one by one."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from cli.client import DONE_BEFORE
from cli.demo.people import NAMES, OPERATORS, PARTICIPANTS, Character
from cli.demo.story import QUANTITY, SCANNED, Story
from domain.standards.gs1_keys import check_digit

STORE = next(one for one in PARTICIPANTS if one.slug == "almaty-store")
KAZAKHSTAN = next(one for one in OPERATORS if one.member_state == "KZ")
IN_A_CASE = 12
CASES = QUANTITY // IN_A_CASE
SOLD = range(SCANNED + 1, SCANNED + 4)  # beside the unit that was scanned, which stays for sale
BROKEN = QUANTITY - 1  # the last one did not survive the road
TILL = "KZ-0000000000000030"

Done = tuple[dict[str, Any], bool]  # the answer, and whether it was given in an earlier run


def sscc(number: int) -> str:
    """SSCCs of the dairy: extension digit, company prefix, number."""
    digits = f"1{481006500:09}{number:07}"
    return digits + check_digit(digits)


PALLET = sscc(0)


@dataclass
class Journey:
    """A batch on its way, step by step; each step may be repeated."""

    story: Story
    batch: str
    codes: list[str]

    @classmethod
    def of(cls, story: Story, batch: str, who: Character) -> "Journey":
        with story.service(who) as service:
            text = service.fetch(f"/batches/{batch}/codes").text
        return cls(story, batch, text.split("\n")[:-1])

    def once(self, who: Character, path: str, name: str, body: dict[str, Any]) -> Done:
        """A change under an id that follows from it."""
        request = uuid5(NAMES, f"{name} {self.batch} {json.dumps(body, sort_keys=True)}")
        with self.story.service(who) as service:
            response = service.change(f"{path}/{request}", body, id=request)
            answer: dict[str, Any] = response.json()
        return answer, response.status_code == DONE_BEFORE

    def declare(self) -> Done:
        """Kazakhstan's operator says that marking of dairy is in force, so codes are recognised."""
        decree = {
            "in_force": True,
            "valid_from": "2026-01-01",
            "decision": "an order that was made up for this demo",
        }
        return self.once(KAZAKHSTAN, "/product-groups/milk/declarations", "declare", decree)

    def pack(self, who: Character) -> Done:
        """Twelve units a case, all cases on one pallet."""
        cases = [
            {
                "sscc": sscc(case + 1),
                "contents": {
                    "runs": [{"batch": self.batch, "first": case * IN_A_CASE, "count": IN_A_CASE}]
                },
            }
            for case in range(CASES)
        ]
        pallet = {
            "sscc": PALLET,
            "contents": {"packages": [sscc(case + 1) for case in range(CASES)]},
        }
        return self.once(who, "/packings", "pack", {"packages": [*cases, pallet]})

    def offer(self, who: Character) -> Done:
        """The pallet is offered to the store; it stays with the dairy until the store answers."""
        body = {
            "kind": "SALE",
            "receiver": {"participant": str(STORE.uuid)},
            "goods": {"packages": [PALLET]},
            "documents": [
                {
                    "kind": "CONSIGNMENT_NOTE",
                    "number": "CMR 17",
                    "date": str(self.story.memory.since()),
                }
            ],
            "place": "Minsk",
        }
        return self.once(who, "/transfers", "offer", body)

    def accept(self, transfer: str) -> Done:
        """The store accepts the pallet, but for the unit that is missing from it."""
        body = {
            "goods": {"packages": [PALLET]},
            "missing": {"codes": [self.codes[BROKEN]]},
            "assurance": "TRUSTING",
            "place": "Almaty",
        }
        return self.once(STORE, f"/transfers/{transfer}/acceptances", "accept", body)

    def sell(self, since: str) -> Done:
        """Three people buy a unit each, right after the goods came: three fiscal receipts."""
        receipts = [
            {
                "till": TILL,
                "fiscal_document": str(number),
                "kind": "SALE",
                "issued_at": since,
                "items": [{"code": self.codes[unit]}],
            }
            for number, unit in enumerate(SOLD, 1)
        ]
        return self.once(STORE, "/receipts", "sell", {"receipts": receipts})

    def ask(self, path: str, code: str) -> dict[str, Any]:
        """What the store is told of a unit."""
        with self.story.service(STORE) as service:
            answer: dict[str, Any] = service.post(path, {"code": code})
        return answer
