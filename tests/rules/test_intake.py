import re

import pytest

from domain.codes import intake
from domain.codes.readings import PROBLEMS, REPAIRS
from domain.standards import digital_link, element_string
from domain.standards.element_string import GS
from domain.standards.keyboard_layouts import LAYOUTS, caps_lock
from tests.rules.template_samples import SAMPLES, TEMPLATES

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


def test_every_slug_that_can_occur_is_explained():
    slugs = {*SEPARATORS.values(), *(slug for slugs in PREFIXES.values() for slug in slugs)}

    assert slugs <= set(REPAIRS)
    assert all(sentence.endswith(".") for sentence in (*REPAIRS.values(), *PROBLEMS.values()))
