"""What a label tells of the goods, and the names under which a layout asks for it."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from labels.symbols import hri, linear
from labels.text.fonts import Font

FIELD = re.compile(r"\{([a-z_0-9]*)\}")


class Kind(StrEnum):
    """What a layout labels."""

    UNIT = "unit"
    PACKAGE = "package"


# As the marking rules call it; another word stands as it is told.
KINDS = {"TRANSPORT": "Транспортная упаковка"}

SERIAL = frozenset({"serial", "serial_line"})  # differ from label to label
FIELDS = {
    Kind.UNIT: (
        *("product_name", "gtin", "gtin_line", "serial", "serial_line"),
        *("trade_item_line", "lot_number", "produced_on", "expires_on"),
        *("maker", "member_state", "price"),
    ),
    Kind.PACKAGE: (
        *("sscc", "sscc_line", "contents_line", "kind", "product_name", "gtin", "count"),
        *("lot_number", "sender", "receiver"),
    ),
}
# Read out, typed in and compared: they stand unbroken and whole, or the label is refused.
CODES = SERIAL | {"gtin", "gtin_line", "trade_item_line", "sscc", "sscc_line", "contents_line"}
# Texts that people wrote, of any length: these alone may end in an ellipsis.
FREE = frozenset({"product_name", "maker", "sender", "receiver"})


Elements = tuple[tuple[str, str], ...]  # AIs with their values, in the order of a symbol


class Line(NamedTuple):
    """A line of a layout's text: `pieces` are in turn what is fixed and the name of a field."""

    pieces: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.pieces[1::2])

    @property
    def fixed(self) -> str:
        return "".join(self.pieces[::2])

    @property
    def has_serial(self) -> bool:
        return not self.fields.isdisjoint(SERIAL)

    def filled(self, values: Mapping[str, str]) -> str:
        """The line with its fields; nothing where one of them is empty."""
        if not all(values.get(field) for field in self.fields):
            return ""
        return "".join(
            values[piece] if place % 2 else piece for place, piece in enumerate(self.pieces)
        )


def line(text: str) -> Line:
    return Line(tuple(FIELD.split(text)))


def of_unit(facts: Facts, family: Family, font: Font) -> dict[str, str]:
    """The fields of a unit, but for its serial, in characters that the font has."""
    found = {name: _told(value, font) for name, value in facts._asdict().items() if value}
    found["gtin_line"] = facts.gtin if family is Family.T29 else f"(01){facts.gtin}"
    found["trade_item_line"] = hri.trade_item(linear.trade_item(facts.gtin))
    return found


def of_package(facts: PackageFacts, elements: Elements, font: Font) -> dict[str, str]:
    """The fields of a package, in characters that the font has; `elements` are its contents'."""
    found = {name: _told(value, font) for name, value in asdict(facts).items() if value}
    found["kind"] = KINDS.get(facts.kind, found["kind"])
    found["sscc_line"] = hri.sscc(facts.sscc)
    found["contents_line"] = hri.gs1_128(elements)
    return found


def contents(facts: PackageFacts, ais: tuple[str, ...]) -> Elements:
    """What a package's GS1-128 of these AIs says; nothing where no count of one GTIN is known.

    A lot alone would say nothing about what it is a lot of, so it comes with the GTIN or not at
    all.
    """
    known = {"00": facts.sscc}
    if facts.gtin and facts.count:
        known |= {"02": facts.gtin, "37": _even(str(facts.count))}
        known |= {"10": facts.lot_number} if facts.lot_number else {}
    return tuple((ai, known[ai]) for ai in ais if ai in known)


def _even(digits: str) -> str:
    """Bars hold digits by pairs; a single one would cost them two characters more than a zero."""
    return digits.zfill(len(digits) + len(digits) % 2)


def _told(value: str | int | date, font: Font) -> str:
    """Dates as they are written in all five states."""
    return font.fit_to_write(f"{value:%d.%m.%Y}" if isinstance(value, date) else str(value))
