from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.templates import Family
from domain.codes import intake
from domain.standards import cigarette_pack, digital_link, element_string, gs1_keys
from domain.standards.alphabets import Alphabet
from domain.standards.cigarette_pack import CigarettePack
from domain.standards.element_string import GS
from domain.standards.keyboard_layouts import LAYOUTS, caps_lock
from tests.rules.template_samples import TEMPLATES

SET_82 = Alphabet.SET_82.characters
LOOKS_LIKE_DAMAGE = ("<GS>", "029", "29", "93", "91", "(93)", "(21)", "%1D", "<FNC1>", "8005")
SPELLINGS = (
    GS,
    "",
    " ",
    "029",
    "29",
    "<GS>",
    "{GS}",
    "<FNC1>",
    "\\u001d",
    "%1D",
    "\u241d",
    "\u00e8",
)

gtins = st.text("0123456789", min_size=13, max_size=13).map(
    lambda body: body + gs1_keys.check_digit(body)
)


def text(length):
    """Characters of a code, often such that a search would take for something else."""
    piece = st.one_of(st.sampled_from(LOOKS_LIKE_DAMAGE), st.text(SET_82, min_size=1))
    return st.lists(piece, min_size=length, max_size=length).map(
        lambda pieces: "".join(pieces)[:length]
    )


@st.composite
def codes(draw):
    """A template, the GTIN, and a marking code made by the template."""
    template = draw(st.sampled_from(list(TEMPLATES.values())))
    gtin = draw(gtins)
    digit = draw(st.sampled_from("12345")) if template.state_digit else ""
    length = template.serial_length - len(digit)
    is_numeric = template.alphabet is Alphabet.DIGITS
    serial = digit + draw(
        st.text("0123456789", min_size=length, max_size=length) if is_numeric else text(length)
    )
    if template.family is Family.T29:
        price = draw(st.integers(0, cigarette_pack.HIGHEST_PRICE))
        check = draw(text(4))
        return template, gtin, cigarette_pack.build(CigarettePack(gtin, serial, price, check))
    return template, gtin, f"01{gtin}21{serial}{draw(tails(template))}"


@st.composite
def tails(draw, template):
    if template.family is Family.S:
        price = f"{GS}8005{draw(st.integers(0, 999_999)):06}" if template.name == "block" else ""
        weight = f"{GS}3103000250" if template.name == "s6" and draw(st.booleans()) else ""
        return f"{price}{GS}93{draw(text(4))}{weight}"
    length = 44 if template.family is Family.L44 else 88
    return f"{GS}91{draw(text(4))}{GS}92{draw(text(length))}"


@given(codes())
def test_every_code_that_is_right_reads_as_itself(made):
    template, gtin, code = made

    answer = intake.read(code, {gtin: tuple(TEMPLATES.values())})

    assert gtin in intake.gtins(code)
    assert answer.problem is None
    assert (answer.reading.marking_code, answer.reading.repairs) == (code, ())
    assert template in answer.reading.templates


@given(codes(), st.sampled_from(SPELLINGS), st.sampled_from(LAYOUTS), st.booleans(), st.booleans())
def test_every_damaged_code_is_among_its_readings(made, separator, layout, is_retyped, is_locked):
    template, gtin, code = made
    raw = code.replace(GS, separator)
    raw = layout.type(raw) if is_retyped else raw
    raw = caps_lock(raw) if is_locked else raw

    answer = intake.read(raw, {gtin: (template,)}, caps_lock=is_locked)

    assert gtin in intake.gtins(raw)
    assert code in [reading.marking_code for reading in answer.readings]
    if not (is_retyped and layout.name.startswith("armenian-")):
        assert answer.problem is None


@given(codes())
def test_brackets_and_links_are_read_whatever_the_serial(made):
    template, gtin, code = made
    if template.family is Family.T29:
        return
    elements = element_string.parse(code)
    bracketed = "".join(f"({ai}){value}" for ai, value in elements)

    for raw in (bracketed, digital_link.build(elements)):
        assert gtin in intake.gtins(raw)
        assert intake.read(raw, {gtin: (template,)}).reading.marking_code == code


@given(codes(), st.text(st.characters(codec="utf-8"), max_size=4), st.data())
def test_any_text_has_an_answer(made, noise, data):
    template, gtin, code = made
    place = data.draw(st.integers(0, len(code)))
    length = data.draw(st.integers(0, 3))
    raw = code[:place] + noise + code[place + length :]

    answer = intake.read(raw, {gtin: (template,)})

    named = intake.gtins(raw)
    assert all(reading.gtin in named | {gtin} for reading in answer.readings)
    assert (answer.problem is None) == (len(answer.readings) + (answer.sscc is not None) == 1)


@given(st.text(max_size=60))
def test_no_text_breaks_the_intake(raw):
    answer = intake.read(raw, {})

    assert (answer.problem is None) == (answer.detail is None)
    assert {reading.gtin for reading in answer.readings} <= intake.gtins(raw)
