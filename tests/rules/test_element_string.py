import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards import cigarette_pack, element_string, gs1_keys
from domain.standards.alphabets import Alphabet
from domain.standards.element_string import FORMATS, Element, InvalidElementString
from tests.rules.template_samples import SAMPLES, rows

BAD = rows("bad_codes.tsv")
VALUES = {
    **dict.fromkeys(("11", "13", "15", "17"), "240200"),
    "7003": "2402292359",
}


@pytest.mark.parametrize(
    "sample", [s for s in SAMPLES if s.template != "pack"], ids=lambda s: s.name
)
def test_published_codes_are_parsed_and_rebuilt_to_the_byte(sample):
    elements = element_string.parse(sample.code)

    assert elements[:2] == (("01", sample.gtin), ("21", sample.serial))
    assert element_string.build(elements) == sample.code


@pytest.mark.parametrize(
    ("template", "code", "reason"),
    [row[1:4] for row in BAD if row[3] != "parses"],
    ids=[row[0] for row in BAD if row[3] != "parses"],
)
def test_bad_codes_are_refused_with_place_and_reason(template, code, reason):
    parse = cigarette_pack.parse if template == "pack" else element_string.parse
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        parse(code or "")


@pytest.mark.parametrize(("name", "code"), [(row[0], row[2]) for row in BAD if row[3] == "parses"])
def test_damage_that_leaves_an_element_string_is_not_the_parsers_to_see(name, code):
    assert element_string.build(element_string.parse(code)) == code, name


@pytest.mark.parametrize(
    "text",
    [
        "00146070950831234560",
        "02046100531497773712",
        "02046100531497773712\x1d10A-1",
        "01046100531497771124020013240201152402021724020310LOT\x1d21S",
        "0104610053149777392012345",
        "010461005314977770032402292359\x1d21S",
        "010461005314977790A\x1d91B\x1d99C",
        "0104610053149777241PART\x1d240ID",
    ],
)
def test_logistics_and_dates_are_parsed_too(text):
    assert element_string.build(element_string.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("0104610053149777392012345\x1d3712", 0, "AI 01 cannot stand with AI 37"),
        ("21ABC", 0, "AI 21 needs AI 01"),
        ("10LOT", 0, "AI 10 needs AI 01 or 02"),
        ("3103001000", 0, "AI 3103 needs AI 01 or 02"),
        ("0204610053149777", 0, "AI 02 needs AI 37"),
        ("010461005314977711240230", 18, "AI 11: 30 is not a day of that month"),
        ("010461005314977711230229", 18, "AI 11: 29 is not a day of that month"),
        ("01046100531497777003240200", 20, "AI 7003 takes 10 characters, this has 6"),
        ("010461005314977770032402282460", 20, "AI 7003: 2460 is not a time"),
        ("010461005314977770032402002359", 20, "AI 7003: 00 is not a day of that month"),
        ("010461005314977721\u0410", 18, "'\u0410' in AI 21 is not in GS1 character set 82"),
        ("010461005314977721A B", 19, "' ' in AI 21 is not in GS1 character set 82"),
        ("01046100531497773103001\x1d00", 23, "'\\x1d' in AI 3103 is not a digit"),
        ("0104610053149777310300", 20, "AI 3103 takes 6 characters, this has 2"),
    ],
)
def test_a_refusal_names_the_place(text, position, reason):
    with pytest.raises(InvalidElementString) as refused:
        element_string.parse(text)

    assert (refused.value.position, refused.value.reason) == (position, reason)
    assert str(refused.value) == f"At character {position + 1}: {reason}."


def test_building_refuses_what_parsing_would():
    for elements in ([("88", "1")], [("01", "04610053149777"), ("21", "A\x1d")], [("21", "A")]):
        with pytest.raises(InvalidElementString):
            element_string.build(elements)


def values(ai):
    form = FORMATS[ai]
    if form.content and ai in VALUES:
        return st.just(VALUES[ai])
    if form.content:
        length = form.longest - 1
        body = st.text("0123456789", min_size=length, max_size=length)
        return body.map(lambda digits: digits + gs1_keys.check_digit(digits))
    return st.text(
        Alphabet(form.alphabet).characters, min_size=form.shortest, max_size=form.longest
    )


@given(st.data())
def test_what_is_built_is_parsed_into_the_same_elements(data):
    further = sorted(set(FORMATS) - {"01", "02", "37"})
    ais = ["01", *data.draw(st.lists(st.sampled_from(further), unique=True))]
    elements = tuple(Element(ai, data.draw(values(ai))) for ai in data.draw(st.permutations(ais)))

    assert element_string.parse(element_string.build(elements)) == elements


@given(st.text("0123456789\x1dA<(", max_size=60))
def test_every_text_has_one_reading_or_none(text):
    elements = None
    with suppress(InvalidElementString):
        elements = element_string.parse(text)

    assert elements is None or element_string.build(elements) == text
