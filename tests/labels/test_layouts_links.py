"""The QR code leads to the unit's Digital Link, with the verification code that a stranger needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.templates import Family
from domain.standards import digital_link, element_string
from domain.standards.alphabets import Alphabet
from labels.layouts import links
from labels.refusals import ContentNotFitting

GS = chr(29)
GTIN = "04610053149777"
RESOLVER = "https://Id.Example.org/Go"
CAPITALS = "HTTPS://ID.EXAMPLE.ORG/Go"


def test_a_link_tells_the_whole_code(one_of_each):
    for code, family in one_of_each:
        if family is Family.T29:
            continue
        (link,) = links.links([code], code[2:16], RESOLVER)

        elements = element_string.parse(code)
        assert link == digital_link.build(elements, resolver=CAPITALS)
        assert digital_link.parse(link) == elements


@given(
    st.text(Alphabet.SET_82.characters, min_size=1, max_size=20),
    st.text(Alphabet.SET_82.characters, min_size=1, max_size=30),
)
def test_a_link_is_the_standards_own_whatever_the_serial(serial, value):
    code = f"01{GTIN}21{serial}{GS}240{value}{GS}93dGV+"

    (link,) = links.links([code], GTIN, RESOLVER)

    assert link == digital_link.build(element_string.parse(code), resolver=CAPITALS)


@pytest.mark.parametrize(
    "tail",
    [
        "",
        f"{GS}93dGVz{GS}3103000750",
        f"{GS}310300075093dGVz",
        f"{GS}335000003091EE05{GS}92abc",
        f"{GS}10LOT/1{GS}93dGVz",
        f"{GS}1126013193dGVz",
    ],
)
def test_elements_are_told_apart_in_any_order(tail):
    code = f"01{GTIN}21abcdef{tail}"

    (link,) = links.links([code], GTIN, RESOLVER)

    assert link == digital_link.build(element_string.parse(code), resolver=CAPITALS)


@pytest.mark.parametrize("tail", ["11260131{GS}93dGVz", "0", "0099", ""])
def test_what_is_no_code_has_no_link(tail):
    with pytest.raises(ContentNotFitting):
        links.links([f"01{GTIN}21abcdef{GS}{tail.replace('{GS}', GS)}"], GTIN, RESOLVER)


@pytest.mark.parametrize(
    ("resolver", "capitals"),
    [
        ("https://id.gs1.org", "HTTPS://ID.GS1.ORG"),
        ("http://127.0.0.1:8000/", "HTTP://127.0.0.1:8000/"),
        ("https://Host/Path?q", "HTTPS://HOST/Path?q"),
        ("https://Me@Host/a", "https://Me@Host/a"),
    ],
)
def test_only_what_means_the_same_is_written_in_capitals(resolver, capitals):
    assert links.capitals(resolver) == capitals


def test_a_gtin_that_is_none_has_no_address():
    with pytest.raises(ContentNotFitting):
        links.address("04610053149778", RESOLVER)
