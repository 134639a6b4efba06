r"""Labels as rows, for programs that draw labels themselves: CSV and JSON lines.

One row a label, in the order of printing. In JSON the separator of a code is \u001d. In CSV the
code stands as it is, and in base64 for what cannot read a control character. Spreadsheets run a
cell that begins with = + - or @, and serials do begin so: CSV has no column of them, but their
human-readable line, behind the AI; what else begins so gets an apostrophe, as in catalogue files.
"""

import base64
import csv as comma_separated
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import count, islice
from typing import NamedTuple, Protocol

import orjson

from domain.catalogue.templates import Family
from domain.prints.told import Facts, PackageFacts
from domain.standards.element_string import GS
from labels.symbols import hri
from labels.symbols.contents import SERIAL_AT

PORTION = 1000  # rows to a piece of the file
FORMULA = ("=", "+", "-", "@", "\t", "\r")
GS1_SYMBOL = "GS1 Data Matrix"  # FNC1 comes first in it, and is not in the code
PLAIN_SYMBOL = "Data Matrix"
AI = "(21)"
NEW_LINE = orjson.OPT_APPEND_NEWLINE


class Run(Protocol):
    """Units whose labels differ only in the code."""

    @property
    def facts(self) -> Facts: ...

    @property
    def family(self) -> Family: ...

    @property
    def codes(self) -> Sequence[str]: ...


class Row(NamedTuple):
    """A label: its number, its human-readable lines, its code if it has one, what else it tells."""

    label: int
    lines: tuple[str, ...]
    serial: str | None
    marking_code: str | None
    told: Mapping[str, object]


def csv(material: Iterable[Run | PackageFacts]) -> Iterator[bytes]:
    """Units, or packages, as CSV of RFC 4180 in UTF-8, with a header."""
    header: list[str] = []
    for portion in _portions(material):
        page = io.StringIO()
        writer = comma_separated.writer(page)
        cells = [_cells(row) for row in portion]
        if not header:
            header = list(cells[0])
            writer.writerow(header)
        writer.writerows([row[name] for name in header] for row in cells)
        yield page.getvalue().encode()


def json_lines(material: Iterable[Run | PackageFacts]) -> Iterator[bytes]:
    """The same as JSON, an object a line; what is not known is null."""
    for portion in _portions(material):
        yield b"".join(orjson.dumps(_record(row), option=NEW_LINE) for row in portion)


def _portions(material: Iterable[Run | PackageFacts]) -> Iterator[list[Row]]:
    rows = _rows(material)
    while portion := list(islice(rows, PORTION)):
        yield portion


def _rows(material: Iterable[Run | PackageFacts]) -> Iterator[Row]:
    numbers = count(1)
    for item in material:
        if isinstance(item, PackageFacts):
            yield Row(next(numbers), (hri.sscc(item.sscc),), None, None, asdict(item))
            continue
        symbol = PLAIN_SYMBOL if item.family is Family.T29 else GS1_SYMBOL
        told = {"symbol": symbol, **item.facts._asdict()}
        for code, lines in zip(item.codes, _lines(item), strict=True):
            serial = lines[1].removeprefix(AI) if symbol is GS1_SYMBOL else lines[1]
            yield Row(next(numbers), lines, serial, code, told)


def _lines(run: Run) -> Iterator[tuple[str, ...]]:
    """The human-readable lines of each code; a code is read anew only where its GTIN changes."""
    prefix, first = None, ""
    for code in run.codes:
        if prefix is not None and code.startswith(prefix):
            yield first, f"{AI}{code[len(prefix) :].split(GS, 1)[0]}"
            continue
        first, second = hri.lines(code, run.family)
        yield first, second
        if run.family is not Family.T29:
            prefix = code[:SERIAL_AT]


def _record(row: Row) -> dict[str, object]:
    own = {"label": row.label, "hri": row.lines}
    if row.marking_code is None:
        return {**own, **row.told}
    return {**own, "serial": row.serial, "marking_code": row.marking_code, **row.told}


def _cells(row: Row) -> dict[str, object]:
    """The row as cells of a spreadsheet."""
    cells: dict[str, object] = {"label": row.label}
    cells |= {f"hri_{number}": line for number, line in enumerate(row.lines, 1)}
    if row.marking_code is not None:
        cells["marking_code"] = row.marking_code
        cells["marking_code_base64"] = base64.b64encode(row.marking_code.encode()).decode()
    cells |= row.told
    return {name: _cell(value) for name, value in cells.items()}


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
