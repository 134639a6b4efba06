import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards import gs1_keys
from domain.standards.gs1_keys import InvalidGln, InvalidGtin, InvalidSscc

DIGITS = "0123456789"


def keys(*lengths):
    bodies = st.sampled_from(lengths).flatmap(
        lambda length: st.text(DIGITS, min_size=length - 1, max_size=length - 1)
    )
    return bodies.map(lambda body: body + gs1_keys.check_digit(body))


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("96385074", "00000096385074"),
        ("614141000036", "00614141000036"),
        ("4610053149777", "04610053149777"),
        ("04610053149777", "04610053149777"),
        ("10614141543219", "10614141543219"),
    ],
)
def test_a_gtin_of_any_length_is_stored_with_14_digits(written, stored):
    assert gs1_keys.gtin(written) == stored


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("4610053149778", "GTIN 4610053149778 has check digit 8; expected 7."),
        ("461005314977", "GTIN 461005314977 has check digit 7; expected 2."),
        ("46100531497", "GTIN has 8, 12, 13 or 14 digits; this has 11."),
        ("", "GTIN has 8, 12, 13 or 14 digits; this has 0."),
        ("46100531497 7", "GTIN is digits only; character 12 is ' '."),
        ("461005314977\u0667", "GTIN is digits only; character 13 is '\u0667'."),
    ],
)
def test_what_is_no_gtin_is_refused_with_the_reason(text, reason):
    with pytest.raises(InvalidGtin) as refused:
        gs1_keys.gtin(text)

    assert str(refused.value) == reason


def test_an_sscc_and_a_gln_are_themselves():
    assert gs1_keys.sscc("146070950831234560") == "146070950831234560"
    assert gs1_keys.gln("9501101530003") == "9501101530003"


@pytest.mark.parametrize(
    ("check", "text", "refusal", "reason"),
    [
        (gs1_keys.sscc, "146070950831234561", InvalidSscc, "expected 0."),
        (gs1_keys.sscc, "46070950831234560", InvalidSscc, "SSCC has 18 digits; this has 17."),
        (gs1_keys.gln, "9501101530004", InvalidGln, "expected 3."),
        (gs1_keys.gln, "09501101530003", InvalidGln, "GLN has 13 digits; this has 14."),
    ],
)
def test_wrong_ssccs_and_glns_are_refused(check, text, refusal, reason):
    with pytest.raises(refusal, match=reason):
        check(text)


@given(keys(8, 12, 13, 14), st.data())
def test_one_altered_digit_never_passes(key, data):
    place = data.draw(st.integers(0, len(key) - 1))
    digit = data.draw(st.sampled_from(DIGITS.replace(key[place], "")))

    with pytest.raises(InvalidGtin):
        gs1_keys.gtin(key[:place] + digit + key[place + 1 :])


@given(keys(8, 12, 13, 14))
def test_leading_zeros_do_not_change_the_check_digit(key):
    assert gs1_keys.gtin(gs1_keys.gtin(key)) == key.zfill(14)
