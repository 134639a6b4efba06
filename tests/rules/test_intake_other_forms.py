"""What else a scan may be: bare codes, packs, fiscal tags, packages, unknown goods, nonsense."""

from dataclasses import replace

import pytest

from domain.codes import intake
from domain.standards import digital_link, element_string, fiscal_tag
from domain.standards.element_string import GS
from domain.standards.keyboard_layouts import LAYOUTS
from tests.rules.template_samples import SAMPLES, TEMPLATES, rows
from tests.rules.test_intake import BLOCK, MILK, PACK, bracketed, read


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_an_identification_code_is_read_without_its_tail(sample):
    code = f"01{sample.gtin}21{sample.serial}"

    for raw, repairs in (
        (code, ()),
        (f"]d2{code}", ("aim-prefix",)),
        (f"(01){sample.gtin}(21){sample.serial}", ("brackets",)),
        (digital_link.build(element_string.parse(code)), ("digital-link",)),
    ):
        reading = read(raw, sample.template).reading
        assert (reading.gtin, reading.serial) == (sample.gtin, sample.serial)
        assert reading.marking_code == reading.identification_code == code
        assert reading.repairs == repairs
        assert not reading.is_complete


def test_a_pack_is_read_without_price_and_check():
    reading = read(PACK.gtin + PACK.serial, "pack").reading

    assert reading.identification_code == f"01{PACK.gtin}21{PACK.serial}"
    assert (reading.price_minor, reading.repairs) == (None, ("without-ais",))


def test_a_fiscal_tag_is_cut_by_the_template():
    tag = fiscal_tag.encode(BLOCK.gtin, BLOCK.serial, "090000").hex(" ").upper()

    reading = read(tag, "block").reading

    assert (reading.serial, reading.price_minor) == (BLOCK.serial, 90000)
    assert reading.repairs == ("fiscal-tag",)
    bare = fiscal_tag.encode(MILK, "5d/wuU").hex()
    assert read(bare, "s6").reading.identification_code == f"01{MILK}215d/wuU"
    assert read(bare, "s7").problem == "unrecognised"
    assert intake.read(bare, {}).reading.serial == "5d/wuU"
    assert read("444D0000", "s6").problem == "unrecognised"


@pytest.mark.parametrize(
    ("raw", "repairs"),
    [
        ("00146070950831234560", ()),
        ("]C100146070950831234560\r\n", ("whitespace", "aim-prefix")),
        ("(00) 146070950831234560", ("brackets",)),
        ("(00)146070950831234560(10)A", None),
        ("https://id.example/00/146070950831234560", ("digital-link",)),
        (LAYOUTS[2].type("00146070950831234560"), ("keyboard-kazakh",)),
    ],
)
def test_a_transport_package_is_read(raw, repairs):
    answer = intake.read(raw, {})

    if repairs is None:
        assert answer.problem == "unrecognised"
        return
    assert answer.problem is None
    assert (answer.sscc.sscc, answer.sscc.repairs) == ("146070950831234560", repairs)
    assert answer.readings == ()


def test_further_elements_and_another_order_are_read_by_their_separators():
    raw = f"01{MILK}17300101215d/wuU{GS}3103000500{GS}93dGVz"[:-7] + f"93dGVz{GS}10LOT"

    reading = read(raw, "s6").reading

    assert reading.template is TEMPLATES["s6"]
    assert reading.measures == (("17", "300101"), ("3103", "000500"), ("10", "LOT"))
    assert reading.repairs == ("element-order",)
    assert reading.marking_code == f"01{MILK}215d/wuU{GS}93dGVz{GS}17300101310300050010LOT"


@pytest.mark.parametrize(
    ("name", "template", "code", "outcome"),
    [
        (name, template, code or "", outcome)
        for name, template, code, _, outcome in rows("bad_codes.tsv")
    ],
    ids=[row[0] for row in rows("bad_codes.tsv")],
)
def test_bad_codes_are_refused_or_repaired_as_listed(name, template, code, outcome):
    answer = read(code, template or "s6")

    if outcome == "serial-unfit":
        assert not answer.reading.serial_fits
    elif outcome.startswith("repaired: "):
        assert answer.reading.repairs == tuple(outcome.split()[1:]), name
    else:
        assert (answer.problem, answer.readings) == (outcome, ()), name
        assert answer.detail


def test_older_serials_without_the_state_digit_fit_where_the_template_says_so():
    code = f"01{MILK}21ABCDEFGHIJKLM"

    assert read(code, "l88-13").reading.serial_fits
    assert not read(code, "l44-13").reading.serial_fits


def test_a_serial_that_fits_is_preferred_to_one_that_does_not():
    templates = {MILK: (TEMPLATES["s7"], TEMPLATES["l44-13"], TEMPLATES["pharma"])}

    answer = intake.read(f"01{MILK}219ABCDEF93dGVz", templates)

    assert len(answer.readings) == 2
    assert not any(reading.serial_fits for reading in answer.readings)
    assert len(intake.read(f"01{MILK}219123456931234", templates).readings) == 1


def test_templates_that_cut_alike_are_told_together():
    alike = (TEMPLATES["s13"], TEMPLATES["l44-13"])

    answer = intake.read(f"01{MILK}215ABCDEFGHIJKL", {MILK: alike})

    assert answer.reading.templates == alike
    assert answer.reading.template is None
    both = (TEMPLATES["s7-foreign"], TEMPLATES["block"])
    assert intake.read(f"01{MILK}215ABCDEF{GS}93dGVz", {MILK: both}).reading.templates == both


def test_a_whole_pack_that_is_exact_wins_over_a_bare_code_of_another_product():
    product, pack_product = "04600000000701", "01046000000007"
    text = f"01{product}215AbCdABVUd="
    templates = {
        product: (replace(TEMPLATES["s13"], serial_length=len("5AbCdABVUd=")),),
        pack_product: (TEMPLATES["pack"],),
    }

    exact, damaged = intake.read(text, templates), intake.read(f"]d1{text}", templates)

    assert intake.gtins(text) == {product, pack_product}
    assert exact.reading.marking_code == text
    assert exact.reading.gtin == pack_product
    assert damaged.problem == "ambiguous"
    assert {reading.gtin for reading in damaged.readings} == {product, pack_product}


def test_an_unknown_gtin_is_read_by_gs1_structure_alone():
    exact = intake.read(f"01{MILK}215d/wuU{GS}93dGVz", {})
    lost = intake.read(f"01{MILK}215GoNfWgdcBeVZ91EE0692{'A' * 44}", {})
    bare = intake.read(f"01{MILK}215d/wuU", {})

    assert (exact.reading.serial, exact.reading.templates) == ("5d/wuU", ())
    assert not exact.reading.serial_fits
    assert lost.problem == "not-gs1"
    assert bare.reading.serial == "5d/wuU"


def test_an_unknown_gtin_with_a_written_separator_has_two_readings():
    raw = f"01{MILK}215d/wuU<GS>93dGVz"

    answer = intake.read(raw, {})

    assert answer.problem == "ambiguous"
    assert [reading.serial for reading in answer.readings] == ["5d/wuU<GS>93dGVz", "5d/wuU"]
    assert answer.detail.startswith("2 readings: ")


def test_an_unknown_gtin_is_read_in_brackets_links_and_as_a_pack():
    code = f"01{MILK}215d/wuU{GS}93dGVz"
    link = digital_link.build(element_string.parse(code))

    for raw in (bracketed(code), bracketed(code).replace("(01)", "011)"), link):
        assert intake.read(raw, {}).reading.marking_code == code
    doubtful = intake.read(f"(01){MILK}(21)5(93)(93)dGVz", {})
    assert [reading.serial for reading in doubtful.readings] == ["5", "5(93)"]
    assert intake.read(f"(01){MILK}{'(21)' * 12}", {}).problem == "not-gs1"
    pack = intake.read(f"]d1{PACK.code}", {}).reading
    assert (pack.marking_code, pack.price_minor) == (PACK.code, 145_00)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("", "empty"),
        (" \x1d\n", "empty"),
        ("x" * 1_001, "too-long"),
        ("hello", "unrecognised"),
        ("\u4f60\u597d", "unrecognised"),
        ("https://id.example/01/04610053149778/21/A", "unrecognised"),
        ("https://id.example/01/04610053149777", "no-serial"),
        (f"https://id.example/01/{MILK}/21/5ABC", "no-template"),
        (f"01{MILK}17300101", "no-serial"),
        (f"01{MILK}17210101", "no-template"),
        (f"01{MILK}21{'A' * 25}", "no-template"),
        (PACK.code.replace("6", "7"), "unrecognised"),
        (f"{MILK}5d/wuUdABVUdGVz", "unrecognised"),
        ("(00)146070950831234560X", "unrecognised"),
        ("(00)146070950831234561", "check-digit"),
    ],
)
def test_what_cannot_be_read_is_named(raw, problem):
    answer = read(raw, "s6")

    assert (answer.readings, answer.sscc, answer.problem) == ((), None, problem)
    assert answer.detail
    assert answer.reading is None


def test_an_unknown_gtin_without_a_serial_is_named():
    assert intake.read(f"01{MILK}17210101", {}).problem == "no-serial"


def test_too_long_a_scan_names_no_gtin():
    assert intake.gtins("01" * 501) == frozenset()
