import re
from dataclasses import replace

import pytest

from domain.codes import intake
from domain.codes.readings import PROBLEMS, REPAIRS
from domain.standards import digital_link, element_string, fiscal_tag
from domain.standards.element_string import GS
from domain.standards.keyboard_layouts import LAYOUTS, caps_lock
from tests.rules.template_samples import SAMPLES, TEMPLATES, rows

MILK = "04610053149777"
CODES = [sample for sample in SAMPLES if sample.template != "pack"]
PACK = next(sample for sample in SAMPLES if sample.template == "pack")
BLOCK = next(sample for sample in SAMPLES if sample.template == "block")

# What stands for the separator, and what is reported.
SEPARATORS = {
    "": "gs-lost",
    " ": "gs-as-space",
    "029": "gs-as-029",
    "29": "gs-as-29",
    "<GS>": "gs-as-text",
    "{GS}": "gs-as-text",
    "[GS]": "gs-as-text",
    "<FNC1>": "gs-as-text",
    "<fcn>": "gs-as-text",
    "\\u001d": "gs-as-text",
    "\\\\u001d": "gs-as-text",
    "\\x1d": "gs-as-text",
    "%1D": "gs-as-text",
    "&#29;": "gs-as-text",
    "&#x1D;": "gs-as-text",
    "^]": "gs-as-text",
    "\u241d": "gs-as-sign",
    "\u00e8": "gs-as-e8",
    "\u0438": "gs-as-e8",
}
PREFIXES = {
    GS: ("gs-leading",),
    "]d2": ("aim-prefix",),
    "]C1": ("aim-prefix",),
    "]Q3": ("aim-prefix",),
    "]e0": ("aim-prefix",),
    f"]d2{GS}": ("aim-prefix", "gs-leading"),
    "<FNC1>": ("gs-leading",),
    "\u00e8": ("gs-leading",),
    "\ufeff ": ("whitespace",),
}
AS_TYPED = {
    "as it is": lambda code: code,
    "GS swallowed": lambda code: code.replace(GS, ""),
    "GS as 029": lambda code: code.replace(GS, "029"),
    "GS as text": lambda code: code.replace(GS, "<GS>"),
    "GS as braces": lambda code: code.replace(GS, "{GS}"),
    "GS as an escape": lambda code: code.replace(GS, "\\u001d"),
    "with AIM prefix": lambda code: f"]d2{code}",
    "with Enter": lambda code: f"{code.replace(GS, '')}\r\n",
}


def bracketed(code, opening="(", closing=")"):
    elements = element_string.parse(code)
    return "".join(f"{opening}{ai}{closing}{value}" for ai, value in elements)


def said(reading):
    return (
        reading.gtin,
        reading.serial,
        reading.key_id,
        reading.verification_code,
        reading.price_minor,
        reading.measures,
        reading.marking_code,
    )


def expected(sample):
    return (*sample[3:], sample.code)


def read(raw, template, **how):
    """Read as a caller does: ask for the GTINs, look up their templates, read."""
    known = dict.fromkeys(intake.gtins(raw), (TEMPLATES[template],))
    return intake.read(raw, known, **how)


def assert_one_reading(raw, sample, *repairs, **how):
    answer = read(raw, sample.template, **how)

    assert answer.problem is None
    assert said(answer.reading) == expected(sample)
    assert answer.reading.repairs == repairs
    assert answer.reading.template is TEMPLATES[sample.template]
    assert answer.reading.serial_fits


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_code_that_is_right_is_read_and_nothing_is_repaired(sample):
    assert_one_reading(sample.code, sample)


@pytest.mark.parametrize(("written", "slug"), SEPARATORS.items())
def test_a_separator_written_otherwise_is_put_back(written, slug):
    for sample in CODES:
        assert_one_reading(sample.code.replace(GS, written), sample, slug)


@pytest.mark.parametrize(("prefix", "slugs"), PREFIXES.items())
def test_what_stands_before_a_code_is_dropped(prefix, slugs):
    for sample in CODES:
        assert_one_reading(prefix + sample.code, sample, *slugs)
        assert_one_reading(prefix + sample.code.replace(GS, ""), sample, *slugs, "gs-lost")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_stands_after_a_code_is_dropped(sample):
    assert_one_reading(f"{sample.code}\r\n", sample, "whitespace")
    assert_one_reading(f"{sample.code}{GS}\n", sample, "whitespace", "gs-trailing")


@pytest.mark.parametrize("sample", CODES, ids=lambda sample: sample.name)
def test_brackets_are_dropped(sample):
    written = bracketed(sample.code)

    assert_one_reading(written, sample, "brackets")
    assert_one_reading(bracketed(sample.code, "[", "]"), sample, "brackets")
    assert_one_reading(
        re.sub(r"(\((?:01|21|9\d)\))", r" \1 ", written), sample, "whitespace", "brackets"
    )
    assert_one_reading(written.replace("(01)", "011)"), sample, "brackets")
    assert_one_reading(written.replace("(9", "<GS>(9"), sample, "brackets", "gs-as-text")


@pytest.mark.parametrize("sample", CODES, ids=lambda sample: sample.name)
def test_a_digital_link_is_read(sample):
    elements = element_string.parse(sample.code)

    assert_one_reading(digital_link.build(elements), sample, "digital-link")
    assert_one_reading(
        digital_link.build(elements, resolver="HTTP://shop.example/x") + "\n",
        sample,
        "digital-link",
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("damage", AS_TYPED.values(), ids=AS_TYPED)
def test_a_code_typed_on_another_layout_is_among_the_readings(layout, damage):
    for sample in SAMPLES:
        answer = read(layout.type(damage(sample.code)), sample.template)

        assert expected(sample) in [said(reading) for reading in answer.readings]
        if "armenian-" not in layout.name:
            assert answer.problem is None


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_separator_typed_on_the_numeric_pad_is_put_back(layout):
    for sample in CODES:
        raw = "029".join(layout.type(part) for part in sample.code.split(GS))

        assert expected(sample) in [said(one) for one in read(raw, sample.template).readings]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_brackets_and_links_survive_another_layout(layout):
    for sample in CODES:
        for raw in (bracketed(sample.code), digital_link.build(element_string.parse(sample.code))):
            answer = read(layout.type(raw), sample.template)

            assert expected(sample) in [said(reading) for reading in answer.readings]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_caps_lock_is_undone_when_the_caller_supposes_it(sample):
    assert_one_reading(caps_lock(sample.code), sample, "caps-lock", caps_lock=True)


@pytest.mark.parametrize("sample", CODES, ids=lambda sample: sample.name)
def test_caps_lock_that_spoilt_a_written_separator_is_seen_without_asking(sample):
    raw = caps_lock(sample.code.replace(GS, "<GS>"))

    assert_one_reading(raw, sample, "caps-lock", "gs-as-text")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_caps_lock_on_another_layout_is_undone(layout):
    for sample in SAMPLES:
        raw = caps_lock(layout.type(sample.code.replace(GS, "")))

        answer = read(raw, sample.template, caps_lock=True)

        assert expected(sample) in [said(reading) for reading in answer.readings]


def test_kazakh_digits_show_that_caps_lock_was_on():
    sample = next(sample for sample in SAMPLES if sample.name == "water")
    kazakh = next(layout for layout in LAYOUTS if layout.name == "kazakh")

    assert_one_reading(caps_lock(kazakh.type(sample.code)), sample, "caps-lock", "keyboard-kazakh")


def test_layouts_that_differ_in_letters_alone_are_all_told():
    sample = next(sample for sample in SAMPLES if sample.name == "perfume")
    western = next(layout for layout in LAYOUTS if layout.name == "armenian-western")

    answer = read(western.type(sample.code), sample.template)

    assert answer.problem == "ambiguous"
    assert [reading.repairs for reading in answer.readings] == [
        ("keyboard-armenian-eastern",),
        ("keyboard-armenian-eastern-windows",),
        ("keyboard-armenian-western",),
    ]
    assert answer.reading is None


@pytest.mark.parametrize(
    "serial",
    [
        "5<GS>93dGVz<1",
        "5029029293029",
        "5(93)(21)(01)",
        "5%1D93dGVz%1D",
        "591EE0692abcd",
        "5&x29;93dGVz<",
    ],
)
@pytest.mark.parametrize("template", ["s13", "l44-13"])
def test_a_serial_that_looks_like_damage_is_left_alone(serial, template):
    tail = f"{GS}93dGVz" if template == "s13" else f"{GS}91EE06{GS}92{'A' * 44}"
    code = f"01{MILK}21{serial}{tail}"

    for raw in (code, code.replace(GS, ""), code.replace(GS, "<GS>"), bracketed(code)):
        answer = read(raw, template)

        assert answer.problem is None
        assert (answer.reading.serial, answer.reading.marking_code) == (serial, code)


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


def test_every_slug_that_can_occur_is_explained():
    slugs = {*SEPARATORS.values(), *(slug for slugs in PREFIXES.values() for slug in slugs)}

    assert slugs <= set(REPAIRS)
    assert all(sentence.endswith(".") for sentence in (*REPAIRS.values(), *PROBLEMS.values()))
