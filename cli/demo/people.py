"""Who takes part in the demo: everybody is invented, down to tax ids that no state gave out."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from uuid import UUID, uuid5

NAMES = UUID("7c1a5a52-6f57-4f3f-8a64-0d0c3a1b7e11")


@dataclass(frozen=True)
class Character:
    """An operator, or a participant that registers the goods of its state in these groups."""

    slug: str
    name: str
    member_state: str
    role: str
    tax_id: str
    product_groups: tuple[str, ...]

    @property
    def uuid(self) -> UUID:
        return uuid5(NAMES, self.slug)


def rows(file: str) -> Iterator[dict[str, str]]:
    """The rows of a file that comes along."""
    text = resources.files("cli.demo").joinpath(file).read_text(encoding="utf-8")
    return csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)


def of_role(role: str) -> tuple[Character, ...]:
    return tuple(
        Character(
            slug=row["slug"],
            name=row["name"],
            member_state=row["member_state"],
            role=row["role"],
            tax_id=row["tax_id"],
            product_groups=tuple(filter(None, row["product_groups"].split(" "))),
        )
        for row in rows("people.tsv")
        if row["role"] == role
    )


OPERATORS = of_role("OPERATOR")
PARTICIPANTS = of_role("PARTICIPANT")
DAIRY = next(one for one in PARTICIPANTS if one.slug == "dairy")
