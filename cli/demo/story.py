"""The story of the demo, told over HTTP. Each step may be repeated: it is done once."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4, uuid5

from cli.client import DONE_BEFORE, Service
from cli.demo.memory import Memory
from cli.demo.people import DAIRY, NAMES, OPERATORS, PARTICIPANTS, Character, rows
from cli.faults import Failure, Refused
from domain.standards import digital_link, element_string
from labels import reading

GTIN = "04810065000060"  # condensed milk: good for longer than anybody lets a demo run
GOOD_FOR = timedelta(days=540)
QUANTITY = 240
SCANNED = 6  # the ordinal of the unit that is scanned
UNAUTHORIZED = 401
SCOPES = ["ISSUE", "READ", "REPORT"]


@dataclass
class Story:
    """The service, and what is remembered of earlier runs."""

    url: str
    memory: Memory

    def service(self, who: Character) -> Service:
        return Service(self.url, self.memory.key(who.slug))

    def lacks_key(self, who: Character) -> bool:
        """Whether no key is remembered that the service accepts."""
        if self.memory.key(who.slug) is None:
            return True
        with self.service(who) as service:
            try:
                service.get("/whoami")
            except Refused as refused:
                if refused.problem.get("status") != UNAUTHORIZED:
                    raise
                return True
        return False

    def settle(self) -> int:
        """Register the participants, each by its operator; returns how many got a key."""
        operators = {one.member_state: one for one in OPERATORS}
        issued = 0
        for one in PARTICIPANTS:
            with self.service(operators[one.member_state]) as operator:
                card = {
                    "name": one.name,
                    "member_state": one.member_state,
                    "tax_id": one.tax_id,
                    "roles": ["PARTICIPANT"],
                }
                operator.put(f"/participants/{one.uuid}", card)
                if self.lacks_key(one):
                    key = operator.put(
                        f"/participants/{one.uuid}/keys/{uuid4()}", {"scopes": SCOPES}
                    )
                    self.memory.keep_key(one.slug, key["api_key"])
                    issued += 1
        return issued

    def import_goods(self) -> dict[str, int]:
        """Every producer imports a file of its goods; returns the counts per outcome."""
        counts: dict[str, int] = {}
        goods = list(rows("goods.tsv"))
        for one in PARTICIPANTS:
            if one.product_groups:
                for name, count in self.import_file(one, sheet(goods_of(one, goods))).items():
                    counts[name] = counts.get(name, 0) + count
        return counts

    def import_file(self, who: Character, file: bytes) -> dict[str, int]:
        """A file sent under a new id: what is there already is counted as unchanged."""
        request = uuid4()
        headers = {"Content-Type": "text/tab-separated-values"}
        with self.service(who) as service:
            response = service.upload(
                f"/imports/{request}", file, headers, id=request, parameters={}
            )
            answer = response.json()
        if "counts" not in answer or "type" in answer:
            raise Refused(answer, self.url)
        counts: dict[str, int] = answer["counts"]
        return counts

    def register(self) -> tuple[dict[str, Any], bool]:
        """The dairy registers a batch; returns it, and whether it was there already."""
        produced = self.memory.since()
        body = {
            "gtin": GTIN,
            "quantity": QUANTITY,
            "member_state": DAIRY.member_state,
            "lot": {
                "lot_number": f"N-{produced:%m%d}",
                "produced_on": str(produced),
                "expires_on": str(produced + GOOD_FOR),
            },
        }
        return self.put_once("/batches", "register", body)

    def take(self, path: str, batch: str) -> tuple[dict[str, Any], bool]:
        """A step with every unit of the batch."""
        runs = [{"batch": batch, "first": 0, "count": QUANTITY}]
        return self.put_once(path, f"{path} {batch}", {"runs": runs})

    def put_once(self, path: str, name: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """A change of the dairy's under an id that follows from it."""
        request = uuid5(NAMES, f"{name} {json.dumps(body, sort_keys=True)}")
        with self.service(DAIRY) as dairy:
            response = dairy.change(f"{path}/{request}", body, id=request)
            answer: dict[str, Any] = response.json()
        return answer, response.status_code == DONE_BEFORE

    def print_labels(self, batch: str) -> int:
        """Write the labels of the batch to a PDF; returns its size."""
        content = self.printed({"batch": batch, "layout": "a4-2x7", "qr": True})
        self.memory.labels.write_bytes(content)
        return len(content)

    def print_pallet(self, sscc: str) -> None:
        """Write the logistic label of a pallet to a PDF."""
        content = self.printed({"packages": [sscc], "layout": "logistic-100x150"})
        self.memory.pallet_label.write_bytes(content)

    def printed(self, asked: dict[str, Any]) -> bytes:
        """Order labels and fetch them; whoever does so again says why."""
        answer, is_again = self.put_once("/prints", "print", asked)
        reason = "The demo was run again." if is_again else None
        with self.service(DAIRY) as dairy:
            content: bytes = dairy.fetch(f"/prints/{answer['print']}/labels", reason=reason).content
        return content

    def scan(self, batch: str) -> str:
        """Decode the picture of one label; returns the marking code that stands in it."""
        one = {"batch": batch, "first": SCANNED, "count": 1}
        how = {"layout": "roll-58x40", "format": "png", "reason": "To be scanned in the demo."}
        picture = self.printed({**one, **how})
        self.memory.picture.write_bytes(picture)
        codes = reading.read(picture)
        if len(codes) != 1:
            raise Failure(f"{self.memory.picture} shows {len(codes)} codes, not one.")
        return codes[0]

    def ask(self, path: str, code: str) -> dict[str, Any]:
        with self.service(DAIRY) as dairy:
            answer: dict[str, Any] = dairy.post(path, {"code": code})
        return answer

    def address(self, code: str) -> str:
        """The page of this unit's history."""
        return digital_link.build(element_string.parse(code), resolver=self.url)


def goods_of(who: Character, goods: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return [
        item
        for item in goods
        if item["member_state"] == who.member_state and item["product_group"] in who.product_groups
    ]


def sheet(goods: list[dict[str, str]]) -> bytes:
    """These goods as a file to import."""
    lines = ["\t".join(goods[0]), *("\t".join(item.values()) for item in goods)]
    return "".join(f"{line}\n" for line in lines).encode()
