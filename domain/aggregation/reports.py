"""A packing line's report, `parent TAB child` a line, read by the array.

Nearly all lines of a report are alike: a package named in a plain way, a code that begins as codes
do. Those are told from each other by whole columns; only what is left is looked at one by one.
What is wrong is counted the same two ways, and put into words for the first lines alone.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domain.codes import intake
from domain.codes.artefacts import AFTER, AIM_PREFIX, BEFORE_AI, BLANKS, SPACES
from domain.codes.shapes import FIRST_AI
from domain.errors import BodyTooLarge, LineReportInvalid, NoGoods, SsccInvalid
from domain.recognition.units import Flags, Integers, Texts
from domain.standards import byte_rows, gs1_keys
from domain.standards.byte_rows import ByteRows

MOST_LINES = 1_100_000  # a million units, and the packages around them
LONGEST = intake.LONGEST  # bytes of a package's name, and of a code
LONGEST_SSCC = 200  # characters, as a Digital Link
MOST_TOLD = 100
MOST_EXAMPLES = 3
MOST_SHOWN = 24  # of a text that may turn out a marking code: no verification code begins so early
SLAB = 1 << 20  # bytes
MOST_AT_ONCE = 1 << 16  # rows

TAB, GS = b"\t", b"\x1d"
BOM = codecs.BOM_UTF8
SPACE, ZERO, TEN, FIRST_FOREIGN = 0x20, ord("0"), 10, 0x80
SIZE = gs1_keys.SSCC_LENGTH
PREFIXES = (b"", b"00", b"(00)", b"]C100", b"]d200")
MOST_LONE_DIGITS = 20  # AI 00 and an SSCC; a code has 21 characters and more
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1c\x1e\x1f]")

BARE = re.compile(f"{BLANKS}(?:{AIM_PREFIX})?{BLANKS}(?P<sscc>[0-9]{{{SIZE}}}){BLANKS}")
WRAPPED = re.compile(intake.PACKAGE_START.pattern + AFTER)
SPACED = re.compile(f"(?:[0-9] ?){{{SIZE}}}")
CODE = re.compile(
    f"{BEFORE_AI}(?:01|{FIRST_AI}{SPACES})[0-9]{{14}}{SPACES}(?:21|[(\\[]21[)\\]])", re.ASCII
)

Fault = tuple[int, str]  # a line, and what is wrong with it


class PackageName(NamedTuple):
    """What a report calls a package: its SSCC, or as scanned the code of a coded pack."""

    sscc: str | None
    code: str | None


class ChildPackage(NamedTuple):
    """A transport unit that a line puts into a package; `parent` is the package's index."""

    line: int
    sscc: str
    parent: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a packing line says lies in what.

    `packages` stand as they are first named, in the lines `first_lines`. `parent_of` has for every
    row of `children` the index of its package; lines that hold an SSCC are `child_packages`.
    """

    packages: list[PackageName]
    first_lines: Integers
    children: Texts
    parent_of: Integers
    child_packages: list[ChildPackage]

    def coded(self) -> tuple[list[int], Texts]:
        """The packages that are named by a code: their indices, and the codes to be recognised."""
        rows = [row for row, package in enumerate(self.packages) if package.code is not None]
        texts = Texts.of_list([self.packages[row].code or "" for row in rows])
        texts.numbers = self.first_lines[rows]
        return rows, texts


def read_report(buffer: bytes) -> Report:
    """Read a report whole, or refuse it whole and say which lines are wrong, and how."""
    lines, tabs = cut(buffer)
    parents = Texts(buffer, lines.starts, tabs, lines.numbers)
    named, name_of = distinct(parents)
    children = Texts(buffer, tabs + 1, lines.ends, lines.numbers)
    parent_ssccs, wrong_parents = ssccs_in(named)
    child_ssccs, wrong_children = ssccs_in(children)
    if wrong_parents or wrong_children:
        faults = [*names_at_fault(named, wrong_parents), *names_at_fault(children, wrong_children)]
        raise refusal(len(wrong_parents) + len(wrong_children), faults)

    index: dict[int | str, int] = {}
    first_lines: list[int] = []
    index_of = np.empty(len(named), np.int64)
    for row, (sscc, line) in enumerate(zip(parent_ssccs, named.numbers, strict=True)):
        index_of[row] = place = index.setdefault(named[row] if sscc < 0 else int(sscc), len(index))
        if place == len(first_lines):
            first_lines.append(line)
    parent_of = index_of[name_of]
    codes, rows = np.flatnonzero(child_ssccs < 0), np.flatnonzero(child_ssccs >= 0)
    packages = map(
        ChildPackage,
        lines.numbers[rows].tolist(),
        map(written, child_ssccs[rows].tolist()),
        parent_of[rows].tolist(),
    )
    return Report(
        packages=[
            PackageName(None, name) if isinstance(name, str) else PackageName(written(name), None)
            for name in index
        ],
        first_lines=np.array(first_lines, np.int64),
        children=chosen(children, codes),
        parent_of=parent_of[codes],
        child_packages=list(packages),
    )


def read_sscc(text: str) -> str | None:
    """The SSCC that one scanned text names, in any form that a scanner may give it."""
    if match := BARE.fullmatch(text):
        return match["sscc"] if is_sscc(match["sscc"]) else None
    if len(text) > LONGEST_SSCC:
        return None
    found = intake.read(text, {})
    return found.sscc.sscc if found.sscc and not found.readings else None


def read_ssccs(texts: Sequence[str]) -> list[str]:
    """The SSCCs that these scanned texts name, or a refusal of those that name none."""
    found = [read_sscc(text) for text in texts]
    if None in found:
        wrong = [text for text, sscc in zip(texts, found, strict=True) if sscc is None]
        shown = tuple(text[:MOST_SHOWN] for text in wrong[:MOST_EXAMPLES])
        raise SsccInvalid(count=len(wrong), examples=shown)
    return [sscc for sscc in found if sscc]


def written(sscc: int) -> str:
    return f"{sscc:0{SIZE}}"


def is_sscc(text: str) -> bool:
    try:
        gs1_keys.sscc(text)
    except gs1_keys.InvalidSscc:
        return False
    return True


# --- lines ------------------------------------------------------------------------------------


def cut(buffer: bytes) -> tuple[Texts, Integers]:
    """The lines that hold something, and where in each the TAB stands."""
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
    tabs = sound_tabs(buffer, lines)
    if tabs is None:
        raise refusal(*lines_at_fault(lines))
    return lines, tabs


def sound_tabs(buffer: bytes, lines: Texts) -> Integers | None:
    """Where the TAB of each line stands; None if there is a line that is not as it should be."""
    if buffer.count(TAB) != len(lines) or has_controls(buffer) or not is_utf8(buffer):
        return None
    tabs = np.flatnonzero(np.frombuffer(buffer, np.uint8) == TAB[0])
    before, after = tabs - lines.starts, lines.ends - tabs - 1
    # As many TABs as lines, each within the line of its turn: every line has one.
    sound = before.min() > 0 and after.min() > 0 and max(before.max(), after.max()) <= LONGEST
    return tabs if sound else None


def has_controls(buffer: bytes) -> bool:
    """Whether a control character stands there that is not TAB, GS or the end of a line."""
    controls = np.count_nonzero(np.frombuffer(buffer, np.uint8) < SPACE)
    endings = buffer.count(b"\n") + buffer.count(b"\r\n") + buffer.endswith(b"\r")
    return bool(controls > endings + buffer.count(TAB) + buffer.count(GS))


def is_utf8(buffer: bytes) -> bool:
    """Whether all of it is UTF-8. Read piecewise, as text takes up to four times its bytes."""
    if buffer.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(buffer), SLAB):
            decoder.decode(buffer[start : start + SLAB])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def lines_at_fault(lines: Texts) -> tuple[int, list[Fault]]:
    """How many lines are not as they should be, and what is wrong with the first of them."""
    count = 0
    told: list[Fault] = []
    for number, start, end in zip(lines.numbers, lines.starts, lines.ends, strict=True):
        if fault := fault_of_line(lines.buffer[start:end]):
            count += 1
            if len(told) < MOST_TOLD:
                told.append((int(number), fault))
    return count, told


def fault_of_line(line: bytes) -> str | None:
    """What is wrong with the form of a line."""
    if control := CONTROL.search(line):
        if control[0] == b"\r":
            return "A carriage return stands inside; lines end with LF or CR LF."
        return f"The control character U+{control[0][0]:04X} stands there."
    if (count := line.count(TAB)) != 1:
        return f"There are {count or 'no'} TABs; one stands between package and content."
    parent, child = line.split(TAB)
    if not parent or not child:
        return f"Nothing stands {'after' if parent else 'before'} the TAB."
    if max(len(parent), len(child)) > LONGEST:
        return (
            f"More than {LONGEST:,} bytes are no {'package' if len(parent) > LONGEST else 'code'}."
        )
    return None if is_utf8(line) else "The line is not UTF-8."


# --- names ------------------------------------------------------------------------------------


def chosen(texts: Texts, rows: Integers) -> Texts:
    return Texts(texts.buffer, texts.starts[rows], texts.ends[rows], texts.numbers[rows])


def distinct(texts: Texts) -> tuple[Texts, Integers]:
    """The different texts as they first stand, and for every row which of them it has."""
    found: list[Integers] = []
    which = np.empty(len(texts), np.int64)
    for rows, lines in texts.by_width():
        # Neighbours are mostly alike, so that few are left to be sorted.
        fresh = np.ones(len(rows), np.bool_)
        fresh[1:] = ~byte_rows.same(lines[1:], lines[:-1])
        heads = np.flatnonzero(fresh)
        whole = lines[heads].view(f"V{lines.shape[1]}")[:, 0]
        _, firsts, head_of = np.unique(whole, return_index=True, return_inverse=True)
        firsts = heads[firsts]
        which[rows] = rows[firsts][head_of][np.cumsum(fresh) - 1]
        found.append(rows[firsts])
    first_rows = np.sort(np.concatenate(found))
    return chosen(texts, first_rows), np.searchsorted(first_rows, which)


def ssccs_in(texts: Texts) -> tuple[Integers, list[int]]:
    """The SSCC of each row that names one, else -1, and the rows that name nothing at all."""
    ssccs = np.full(len(texts), -1, np.int64)
    wrong: list[int] = []
    others = np.flatnonzero(~begin_as_codes(texts))
    for start in range(0, len(others), MOST_AT_ONCE):
        part = others[start : start + MOST_AT_ONCE]
        for group, lines in chosen(texts, part).by_width():
            rows = part[group]
            plain, right = plain_ssccs(lines)
            if right.any():
                ssccs[rows[right]] = numbers_at_end(lines[right])
            count = digits_of(lines)
            lone = (count == lines.shape[1]) & (count <= MOST_LONE_DIGITS)
            at_fault = (plain | lone) & ~right
            wrong += rows[at_fault].tolist()
            # Digits that no keyboard layout changed are needed, or letters that one may have made.
            odd = (count >= SIZE) | (lines >= FIRST_FOREIGN).any(axis=1)
            for row in rows[odd & ~right & ~at_fault].tolist():
                sscc, fault = sscc_shown(texts[row])
                if sscc:
                    ssccs[row] = int(sscc)
                elif fault:
                    wrong.append(row)
    return ssccs, sorted(wrong)


def sscc_shown(text: str) -> tuple[str | None, str | None]:
    """The SSCC that an odd text names, or what is wrong with it; neither for what may be a code."""
    if CODE.match(text) or (text.isascii() and not SPACED.search(text)):
        return None, None
    sscc = read_sscc(text)
    return sscc, None if sscc else fault_of_sscc(text)


def begin_as_codes(texts: Texts) -> Flags:
    """Which rows have 01, fourteen characters and 21: no reading of those finds an SSCC."""
    symbols = np.frombuffer(texts.buffer, np.uint8)
    rows = np.flatnonzero(texts.ends - texts.starts >= len("01") + 14 + len("21") + 1)
    for at, character in ((0, "0"), (1, "1"), (16, "2"), (17, "1")):
        rows = rows[symbols[texts.starts[rows] + at] == ord(character)]
    found = np.zeros(len(texts), np.bool_)
    found[rows] = True
    return found


def plain_ssccs(lines: ByteRows) -> tuple[Flags, Flags]:
    """Which of these lines are an SSCC in a plain form, and which of them have a right check digit."""
    plain = np.zeros(len(lines), np.bool_)
    for prefix in PREFIXES:
        if lines.shape[1] == len(prefix) + SIZE:
            plain |= byte_rows.equal(lines, prefix)
    if not plain.any():
        return plain, plain
    threes, ones, highest = np.zeros((3, len(lines)), np.uint8)
    for at in range(SIZE):
        digits = lines[:, at - SIZE] - ZERO
        np.maximum(highest, digits, out=highest)
        total = ones if at % 2 else threes
        total += digits  # nine digits make 81 at most
    plain &= highest < TEN
    return plain, plain & ((3 * threes.astype(np.uint16) + ones) % TEN == 0)


def numbers_at_end(lines: ByteRows) -> Integers:
    """The SSCCs at the ends of these lines, as numbers."""
    numbers = np.zeros(len(lines), np.int64)
    for at in range(-SIZE, 0):
        numbers *= 10
        numbers += lines[:, at] - ZERO
    return numbers


def digits_of(lines: ByteRows) -> npt.NDArray[np.intp]:
    """How many digits each row has."""
    count: npt.NDArray[np.intp] = np.count_nonzero(lines - ZERO < TEN, axis=1)
    return count


def names_at_fault(texts: Texts, wrong: Sequence[int]) -> Iterator[Fault]:
    """What is wrong with the first of these rows."""
    for row in wrong[:MOST_TOLD]:
        text = texts[row]
        told = fault_of_sscc(text) or f"{len(text)} digits are neither an SSCC nor a code."
        yield int(texts.numbers[row]), told


def fault_of_sscc(text: str) -> str | None:
    """What is wrong with the SSCC that the text shows."""
    match = BARE.fullmatch(text) or WRAPPED.fullmatch(text)
    try:
        gs1_keys.sscc(match["sscc"] if match else "0" * SIZE)
    except gs1_keys.InvalidSscc as invalid:
        return str(invalid)
    return None


def refusal(count: int, faults: Iterable[Fault]) -> LineReportInvalid:
    """The refusal of a report with so many faults, some of which are told."""
    told = ({"line": line, "what": what} for line, what in sorted(faults)[:MOST_TOLD])
    return LineReportInvalid(count=count, errors=tuple(told))
