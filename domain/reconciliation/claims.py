"""What somebody says to hold: codes and SSCCs, and for some of them the package they lie in.

A line of a file is a code or an SSCC, or `parent TAB child`; with nothing before the TAB the child
is said to lie loose. A line that says nothing of a parent claims nothing about one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np

from domain.aggregation.reports import BOM, SIZE, TAB, PackageName, chosen, distinct, ssccs_in
from domain.errors import BodyTooLarge, NoGoods
from domain.recognition.units import Integers, Texts

MOST_LINES = 1_000_000
UNSAID, LOOSE = -1, -2  # of a parent


class Only(NamedTuple):
    """What the comparison is restricted to; None: not by this."""

    gtin: str | None = None
    product_group: str | None = None
    batch: UUID | None = None


class PackageClaim(NamedTuple):
    """A transport unit that a line names; `parent` indexes the claimed parents."""

    line: int
    sscc: str
    parent: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What an upload says. `parent_of` has for every code the index of its parent."""

    lines: int
    codes: Texts
    parent_of: Integers
    packages: list[PackageClaim]
    parents: list[PackageName]
    unreadable: list[tuple[int, str]]


def read_lists(codes: Sequence[str], ssccs: Sequence[str]) -> Claims:
    """What two lists say: nothing of parents."""
    if not codes and not ssccs:
        raise NoGoods
    texts = Texts.of_list(codes)
    packages = [PackageClaim(at, sscc, UNSAID) for at, sscc in enumerate(ssccs, 1)]
    unsaid = np.full(len(codes), UNSAID, np.int64)
    return Claims(len(codes) + len(ssccs), texts, unsaid, packages, [], [])


def read_file(buffer: bytes) -> Claims:
    """What a file in UTF-8 says, line by line; what cannot be read is listed."""
    if buffer.count(b"\n") > 2 * MOST_LINES:  # mostly empty ones, which are not worth their places
        raise BodyTooLarge(limit=MOST_LINES, unit="lines")
    lines = Texts.of_lines(buffer)
    if buffer.startswith(BOM):
        lines.starts[:1] += len(BOM)
        lines = chosen(lines, np.flatnonzero(lines.ends > lines.starts))
    if len(lines) > MOST_LINES:
        raise BodyTooLarge(limit=MOST_LINES, unit="lines")
    if not len(lines):
        raise NoGoods
    tabs, count = tabs_of(lines)
    begin = np.where(count > 0, tabs + 1, lines.starts)
    whole = (count <= 1) & (begin < lines.ends)
    rows = np.flatnonzero(whole)
    children = Texts(buffer, begin[rows], lines.ends[rows], lines.numbers[rows])
    parents, parent_of = parents_of(lines, tabs, np.flatnonzero(whole & (count == 1)))
    ssccs, wrong = ssccs_in(children)
    is_code = ssccs < 0
    is_code[wrong] = False
    packages = [
        PackageClaim(int(children.numbers[row]), written(ssccs[row]), int(parent_of[rows[row]]))
        for row in np.flatnonzero(ssccs >= 0).tolist()
    ]
    unread = np.flatnonzero(~whole).tolist()
    faulty = [(int(lines.numbers[row]), lines.begun(row)) for row in unread]
    faulty += [(int(children.numbers[row]), children.begun(row)) for row in wrong]
    codes = chosen(children, np.flatnonzero(is_code))
    return Claims(len(lines), codes, parent_of[rows[is_code]], packages, parents, sorted(faulty))


def tabs_of(lines: Texts) -> tuple[Integers, Integers]:
    """Where the first TAB of each line stands, and how many there are."""
    places = np.flatnonzero(np.frombuffer(lines.buffer, np.uint8) == TAB[0])
    line = np.searchsorted(lines.starts, places, side="right") - 1
    inside = (line >= 0) & (places < lines.ends[line])
    line, places = line[inside], places[inside]
    count = np.bincount(line, minlength=len(lines)).astype(np.int64)
    first = np.zeros(len(lines), np.int64)
    first[line[::-1]] = places[::-1]
    return first, count


def parents_of(lines: Texts, tabs: Integers, rows: Integers) -> tuple[list[PackageName], Integers]:
    """The different parents that these rows name, and for every line which of them is its own.

    A parent that is neither an SSCC nor a code is kept as a code that will not be found.
    """
    which = np.full(len(lines), UNSAID, np.int64)
    which[rows] = LOOSE
    said = rows[tabs[rows] > lines.starts[rows]]
    if not len(said):
        return [], which
    names = Texts(lines.buffer, lines.starts[said], tabs[said], lines.numbers[said])
    named, name_of = distinct(names)
    ssccs, _ = ssccs_in(named)
    which[said] = name_of
    parents = [
        PackageName(written(sscc), None) if sscc >= 0 else PackageName(None, named[row])
        for row, sscc in enumerate(ssccs.tolist())
    ]
    return parents, which


def written(sscc: int) -> str:
    """An SSCC in its digits."""
    return f"{sscc:0{SIZE}}"
