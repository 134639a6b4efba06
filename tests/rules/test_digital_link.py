import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards import digital_link, element_string
from domain.standards.alphabets import Alphabet
from domain.standards.digital_link import InvalidDigitalLink
from tests.rules.template_samples import SAMPLES

CODES = [sample for sample in SAMPLES if sample.template != "pack"]


@pytest.mark.parametrize("sample", CODES, ids=lambda sample: sample.name)
def test_an_element_string_comes_back_from_its_address(sample):
    elements = element_string.parse(sample.code)

    uri = digital_link.build(elements, resolver="https://tamga.example/check/")

    assert uri.startswith(f"https://tamga.example/check/01/{sample.gtin}/21/")
    assert element_string.build(digital_link.parse(uri)) == sample.code


def test_the_address_is_written_as_the_standard_says():
    elements = [("01", "04610053149777"), ("21", "5d/w+%"), ("93", "d+z="), ("3103", "123456")]

    assert (
        digital_link.build(elements)
        == "https://id.gs1.org/01/04610053149777/21/5d%2Fw%2B%25?93=d%2Bz%3D&3103=123456"
    )
    assert digital_link.build([("00", "146070950831234560")]) == (
        "https://id.gs1.org/00/146070950831234560"
    )


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.com/01/04610053149777/21/A1?93=dGVz",
        "HTTP://EXAMPLE.COM:8080/some/where/01/04610053149777/21/A1?93=dGVz#top",
        "https://example.com/01/4610053149777/21/A1/?linkType=gs1:pip&93=dGVz&x",
        "https://example.com/01/04610053149777/21/%41%31?93=d%47Vz",
    ],
)
def test_any_host_and_any_further_attribute_will_do(uri):
    assert digital_link.parse(uri) == (("01", "04610053149777"), ("21", "A1"), ("93", "dGVz"))


def test_a_plus_sign_stays_one():
    uri = "https://example.com/01/04610053149777/21/A+1?93=d+Vz"

    assert digital_link.parse(uri)[1:] == (("21", "A+1"), ("93", "d+Vz"))


def test_the_lot_stands_before_the_serial():
    uri = "https://example.com/01/04610053149777/10/L/21/S?17=301200"

    assert [ai for ai, _ in digital_link.parse(uri)] == ["01", "10", "21", "17"]


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("010461005314977721A1", "begins with http:// or https://"),
        ("https://example.com", "begins with http:// or https://"),
        ("https://example.com/", "neither /01/"),
        ("https://example.com/01/04610053149777/21", "neither /01/"),
        ("https://example.com/01/04610053149777/21/S/10/L", "neither /01/"),
        ("https://example.com/01/04610053149778/21/S", "expected 7"),
        ("https://example.com/01/04610053149777/21/%zz", "percent coding of '%zz' is broken"),
        ("https://example.com/01/04610053149777/21/%ff", "percent coding of '%ff' is broken"),
        ("https://example.com/01/04610053149777/21/%20", "not in GS1 character set 82"),
        ("https://example.com/01/04610053149777/21/S?93=1&93=1", "AI 93 is repeated"),
        ("https://example.com/01/04610053149777/21/S?88=1", "'88' is not a known AI"),
    ],
)
def test_an_address_that_is_no_digital_link_is_refused(uri, reason):
    with pytest.raises(InvalidDigitalLink, match=reason.replace("?", "[?]")):
        digital_link.parse(uri)


def test_an_address_needs_a_key():
    with pytest.raises(InvalidDigitalLink, match="needs AI 01 or 00"):
        digital_link.build([("91", "A")])


@given(
    st.text(Alphabet.SET_82.characters, min_size=1, max_size=20),
    st.text(Alphabet.SET_82.characters, min_size=1, max_size=90),
)
def test_no_character_of_a_code_is_lost_on_the_way(serial, verification_code):
    elements = (("01", "04610053149777"), ("21", serial), ("93", verification_code))

    assert digital_link.parse(digital_link.build(elements)) == elements
