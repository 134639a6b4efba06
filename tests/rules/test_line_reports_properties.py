"""A packing line's report, read by the array as it is read line by line."""

import codecs
import re
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregation.reports import PackageName, read_report
from domain.codes import intake
from domain.errors import LineReportInvalid, NoGoods
from domain.standards import gs1_keys
from tests.rules.line_report_samples import (
    CASE,
    CIGARETTES,
    FORMS,
    GROUP,
    MARKED,
    PALLET,
    TYPED,
    UNIT,
    WRONG,
)


def said_of(buffer):
    """What a report says, line by line; or its faults."""
    try:
        report = read_report(buffer)
    except LineReportInvalid as refused:
        return [(error["line"], error["what"]) for error in refused.errors]
    except NoGoods:
        return []
    names, texts = report.packages, report.children
    children = [
        (int(texts.numbers[row]), None, texts[row], names[parent])
        for row, parent in enumerate(report.parent_of.tolist())
    ]
    packages = [(line, sscc, None, names[parent]) for line, sscc, parent in report.child_packages]
    first_lines = dict(zip(names, report.first_lines.tolist(), strict=True))
    return [first_lines, *sorted(children + packages, key=lambda one: one[0])]


def read_slowly(buffer):
    """What a report says, read in the plainest way."""
    lines = buffer.removeprefix(codecs.BOM_UTF8).split(b"\n")
    lines = [(number, line.removesuffix(b"\r")) for number, line in enumerate(lines, 1)]
    lines = [(number, line) for number, line in lines if line]
    found = [(number, fault) for number, line in lines if (fault := wrong_form(line))]
    if found or not lines:
        return found
    rows = [(number, *line.decode().split("\t")) for number, line in lines]
    parents = {}
    for number, parent, _ in rows:
        parents.setdefault(parent, number)
    names = chain(
        ((number, parent) for parent, number in parents.items()),
        ((number, child) for number, _, child in rows),
    )
    found = sorted((number, fault) for number, text in names if (fault := wrong_name(text)))
    if found:
        return found
    first_lines, told = {}, []
    for number, parent, child in rows:
        sscc = named(parent)
        name = PackageName(sscc, None) if sscc else PackageName(None, parent)
        first_lines.setdefault(name, number)
        told.append((number, named(child), None if named(child) else child, name))
    return [first_lines, *told]


def wrong_form(line):
    controls = [byte for byte in line if byte < 32 and byte not in b"\t\x1d"]
    if controls and controls[0] != ord("\r"):
        return f"The control character U+{controls[0]:04X} stands there."
    if controls:
        return "A carriage return stands inside; lines end with LF or CR LF."
    parts = line.split(b"\t")
    if len(parts) != 2:
        return f"There are {len(parts) - 1 or 'no'} TABs; one stands between package and content."
    if not all(parts):
        return f"Nothing stands {'before' if not parts[0] else 'after'} the TAB."
    if any(len(part) > 1_000 for part in parts):
        return f"More than 1,000 bytes are no {'package' if len(parts[0]) > 1_000 else 'code'}."
    return None if line.decode(errors="ignore").encode() == line else "The line is not UTF-8."


def named(text):
    """The SSCC that a text names; what has 01, a GTIN and 21 is a code."""
    if re.match(r"(?:\]d2)?(?:01.{14}21.|[(\[]01[)\]][0-9]{14}[(\[]21)", text):
        return None
    if re.fullmatch("[0-9]{18}", text):
        text = "00" + text
    if re.fullmatch(r" [0-9]{18}|\]C1[0-9]{18}", text):
        text = "00" + text[-18:]
    found = intake.read(text, {})
    return found.sscc.sscc if found.sscc and not found.readings else None


def wrong_name(text):
    if re.match("01.{14}21.", text) or named(text):
        return None
    if match := re.fullmatch(r"(?:|00|\(00\)|\]C1|\]C100|\]d200| )([0-9]{18})", text):
        expected = gs1_keys.check_digit(match[1][:17])
        return f"SSCC {match[1]} has check digit {match[1][17]}; expected {expected}."
    if re.fullmatch("[0-9]{1,20}", text):
        return f"{len(text)} digits are neither an SSCC nor a code."
    return None


BODIES = st.text("0123456789", min_size=17, max_size=17)
SSCCS = BODIES.map(lambda body: body + gs1_keys.check_digit(body)) | st.sampled_from([CASE, PALLET])
CODES = st.sampled_from(
    [UNIT, MARKED, GROUP, CIGARETTES, "]d2" + MARKED, "(01)04610053149777(21)5d/wuU", "x", "ж" * 20]
)
NAMES = st.builds(str.format, st.sampled_from(FORMS), SSCCS) | SSCCS | CODES | st.just(TYPED)
DIGITS = st.text("0123456789", min_size=1, max_size=24).filter(
    lambda text: len(text) not in (21, 22)
)
WRONG_NAMES = DIGITS | BODIES.flatmap(
    lambda body: st.sampled_from(
        [f"{form}{body}{last}" for form in ("", "00", "(00)", "]C100") for last in "05"]
    )
)
unhurried = settings(deadline=None)
ROWS = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=12)
PIECES = [b"\t", b"\t", b"\n", b"\n", b"\r", b"\r\n", b"\0", b"\x1d", b"\x1a", b" ", b"a"]
PIECES += [b"\xff", b"\xd0", b"\xb6", codecs.BOM_UTF8]
PIECES += [name.encode() for name in (CASE, MARKED, WRONG)]
BROKEN = st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join)


@unhurried
@given(ROWS, st.lists(st.integers(0, 11), max_size=30), st.sampled_from(["\n", "\r\n"]))
def test_a_report_says_what_its_lines_say(rows, picks, ending):
    # Packages come back, next to each other and apart.
    lines = [*rows, *((rows[pick % len(rows)][0], rows[0][1]) for pick in picks)]
    buffer = "".join(f"{parent}\t{child}{ending}" for parent, child in lines).encode()

    said = said_of(buffer)

    assert said == read_slowly(buffer)
    assert isinstance(said[0], dict)


@unhurried
@given(ROWS, WRONG_NAMES, st.booleans(), st.integers(0, 11))
def test_a_wrong_name_is_found_wherever_it_stands(rows, name, is_parent, place):
    rows.insert(place, (name, UNIT) if is_parent else (CASE, name))
    buffer = "\n".join(f"{parent}\t{child}" for parent, child in rows).encode()

    assert said_of(buffer) == read_slowly(buffer)


@unhurried
@given(BROKEN)
def test_broken_files_are_refused_for_what_is_broken(buffer):
    assert said_of(buffer) == read_slowly(buffer)


@unhurried
@given(BODIES, st.sampled_from("0123456789"))
def test_a_check_digit_counts_the_same_one_by_one_and_by_the_array(body, last):
    buffer = f"{body}{last}\t{UNIT}".encode()

    assert isinstance(said_of(buffer)[0], dict) == (gs1_keys.check_digit(body) == last)
