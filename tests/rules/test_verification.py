import base64
import string

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFCMAC, CounterLocation, Mode
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.templates import Family
from domain.keys.verification import (
    Covered,
    VerificationKey,
    WrongKind,
    are_genuine,
    is_genuine,
    new_key,
    verification_code,
    verification_codes,
)
from domain.standards.alphabets import Alphabet
from domain.standards.member_state import MemberState
from domain.vocabulary import Algorithm

RANDOMNESS = bytes(range(64))
MAC_KEY = new_key(MemberState.KZ, Algorithm.AES_CMAC, RANDOMNESS)
SIGNING_KEY = new_key(MemberState.RU, Algorithm.ED25519, RANDOMNESS)
KEYS = {
    Family.S: MAC_KEY,
    Family.T29: MAC_KEY,
    Family.L44: MAC_KEY,
    Family.L88: SIGNING_KEY,
}
LENGTHS = {Family.S: 4, Family.T29: 4, Family.L44: 44, Family.L88: 88}
CODE = "010460043993125621" + "5abcdefghijkl"
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's base point, RFC 8032, 5.1

families = pytest.mark.parametrize("family", Family)


def matrix(*texts):
    return np.array([list(text.encode("latin-1")) for text in texts], np.uint8)


def signed_text(signature):
    return base64.b64encode(signature).decode()


def message(key, code=CODE):
    return f"tamga/code/v1\n{key.id}\n{code}".encode()


@families
def test_a_verification_code_has_its_length_and_is_printable(family):
    code = verification_code(KEYS[family], family, CODE)
    assert len(code) == LENGTHS[family]
    assert set(code) <= set(Alphabet.SET_82.characters)
    assert is_genuine(KEYS[family], family, CODE, code)


def test_a_code_of_four_is_the_start_of_a_cmac():
    mac = CMAC(algorithms.AES(MAC_KEY.secret))
    mac.update(message(MAC_KEY) + b"\n14500")
    expected = base64.b64encode(mac.finalize()[:3]).decode()
    assert verification_code(MAC_KEY, Family.S, CODE, 14500) == expected
    assert verification_code(MAC_KEY, Family.T29, CODE, 14500) == expected


def test_a_code_of_44_is_derived_by_sp_800_108():
    derivation = KBKDFCMAC(
        algorithm=algorithms.AES,
        mode=Mode.CounterMode,
        length=32,
        rlen=4,
        llen=4,
        location=CounterLocation.BeforeFixed,
        label=b"AI 92",
        context=message(MAC_KEY),
        fixed=None,
    )
    expected = base64.b64encode(derivation.derive(MAC_KEY.secret)).decode()
    assert verification_code(MAC_KEY, Family.L44, CODE) == expected


def test_a_code_of_88_is_checked_with_the_public_key_alone():
    code = verification_code(SIGNING_KEY, Family.L88, CODE)
    Ed25519PublicKey.from_public_bytes(SIGNING_KEY.public).verify(
        base64.b64decode(code), message(SIGNING_KEY)
    )
    published = VerificationKey(
        SIGNING_KEY.id, SIGNING_KEY.member_state, SIGNING_KEY.algorithm, public=SIGNING_KEY.public
    )
    assert is_genuine(published, Family.L88, CODE, code)
    with pytest.raises(WrongKind):
        verification_code(published, Family.L88, CODE)


def test_verification_codes_are_for_ever():
    """If this fails, labels that were printed no longer verify. Change the code, not the test."""
    assert verification_code(MAC_KEY, Family.S, CODE) == "jpQA"
    assert verification_code(MAC_KEY, Family.T29, CODE, 0) == "tQ7h"
    assert (
        verification_code(MAC_KEY, Family.L44, CODE)
        == "1zb4+b/E966l37xTKofoeXAimZsCwbuHxEUxY+k0XJA="
    )
    assert verification_code(SIGNING_KEY, Family.L88, CODE) == (
        "/H92LJEdGlqkaMjoCXq8yO9rpyMk+nTnelpkydMCZ5WPAPEbJaeVvNvJPOVNwCEUSvXS2GRcepcmtOXdhUJcBg=="
    )


@families
@settings(max_examples=40)
@given(data=st.data())
def test_one_changed_symbol_of_the_code_fails(family, data):
    key = KEYS[family]
    printed = verification_code(key, family, CODE)
    place = data.draw(st.integers(0, len(CODE) - 1))
    symbol = data.draw(st.sampled_from(Alphabet.SET_82.characters))
    changed = CODE[:place] + symbol + CODE[place + 1 :]
    assert is_genuine(key, family, changed, printed) == (changed == CODE)


@pytest.mark.parametrize("family", [Family.L44, Family.L88])
def test_every_changed_symbol_of_a_verification_code_fails(family):
    """The last symbols too, whose lowest bits base64 discards."""
    key = KEYS[family]
    printed = verification_code(key, family, CODE)
    for place, right in enumerate(printed):
        others = "=" + BASE64 if right != "=" else BASE64
        chosen = others if place > len(printed) - 5 else others[:3]
        for symbol in set(chosen) - {right}:
            changed = printed[:place] + symbol + printed[place + 1 :]
            assert not is_genuine(key, family, CODE, changed)


@families
def test_what_is_not_a_verification_code_is_not_genuine(family):
    key = KEYS[family]
    printed = verification_code(key, family, CODE)
    for text in (
        "",
        printed[:-1],
        printed + "=",
        printed + "\n",
        " " + printed,
        "\u0436" * len(printed),
    ):
        assert not is_genuine(key, family, CODE, text)
    assert not is_genuine(key, family, CODE + "\u0436", printed)


@pytest.mark.parametrize("family", [Family.S, Family.T29])
def test_the_price_is_covered(family):
    printed = verification_code(MAC_KEY, family, CODE, 14500)
    assert is_genuine(MAC_KEY, family, CODE, printed, 14500)
    for other in (None, 0, 1450, 14501, 145000):
        assert not is_genuine(MAC_KEY, family, CODE, printed, other)


@families
def test_the_key_and_its_name_are_covered(family):
    key = KEYS[family]
    printed = verification_code(key, family, CODE)
    renamed = VerificationKey("5ZZZ", key.member_state, key.algorithm, key.secret, key.public)
    other = new_key(key.member_state, key.algorithm, RANDOMNESS[::-1])
    assert not is_genuine(renamed, family, CODE, printed)
    assert not is_genuine(other, family, CODE, printed)


@families
def test_a_key_of_another_algorithm_neither_makes_nor_passes_a_code(family):
    wrong = SIGNING_KEY if KEYS[family] is MAC_KEY else MAC_KEY
    printed = verification_code(KEYS[family], family, CODE)
    assert not is_genuine(wrong, family, CODE, printed)
    covered = Covered(b"01", matrix(CODE[2:]))
    assert not are_genuine(wrong, family, covered, matrix(printed)).any()
    with pytest.raises(WrongKind):
        verification_code(wrong, family, CODE)


def test_a_key_without_its_public_part_passes_no_signature():
    blind = VerificationKey("5AAA", MemberState.RU, Algorithm.ED25519, SIGNING_KEY.secret)
    printed = verification_code(blind, Family.L88, CODE)
    assert not is_genuine(blind, Family.L88, CODE, printed)


def test_a_signature_with_its_number_not_reduced_is_refused():
    signature = base64.b64decode(verification_code(SIGNING_KEY, Family.L88, CODE))
    number = int.from_bytes(signature[32:], "little") + ORDER
    changed = signature[:32] + number.to_bytes(32, "little")
    assert not is_genuine(SIGNING_KEY, Family.L88, CODE, signed_text(changed))


@pytest.mark.parametrize(
    "point",
    [
        (1).to_bytes(32, "little"),  # the neutral element: its signatures fit every message
        (2**255 - 19 + 1).to_bytes(32, "little"),  # the same, not reduced
        (2**255 - 19 - 1).to_bytes(32, "little"),  # of order 2
        bytes(32),  # of order 4
    ],
)
def test_a_public_key_that_passes_everything_passes_nothing(point):
    key = VerificationKey("5AAA", MemberState.RU, Algorithm.ED25519, public=point)
    signature = (1).to_bytes(32, "little") + bytes(32)
    assert not is_genuine(key, Family.L88, CODE, signed_text(signature))


@families
@settings(max_examples=20)
@given(
    cut=st.integers(0, len(CODE)),
    serials=st.lists(st.text(Alphabet.SET_82.characters, min_size=13, max_size=13), min_size=1),
    price=st.none() | st.integers(0, 999_999),
)
def test_codes_made_by_the_array_are_those_made_singly(family, cut, serials, price):
    key = KEYS[family]
    serials = serials[:3]
    codes = [CODE[:18] + serial for serial in serials]
    cut = min(cut, 18)
    covered = Covered(codes[0][:cut].encode(), matrix(*(code[cut:] for code in codes)), price)

    made = verification_codes(key, family, covered)

    assert [row.tobytes().decode() for row in made] == [
        verification_code(key, family, code, price) for code in codes
    ]
    assert are_genuine(key, family, covered, made).all()


@families
def test_the_array_tells_forged_codes_from_genuine_ones(family):
    key = KEYS[family]
    codes = [CODE[:-1] + last for last in "abcdef"]
    printed = [verification_code(key, family, code) for code in codes]
    printed[1] = verification_code(key, family, codes[2])
    printed[3] = printed[3][:-3] + "\xe8AA"
    printed[4] = "." * LENGTHS[family]
    covered = Covered(b"01", matrix(*(code[2:] for code in codes)))
    genuine = are_genuine(key, family, covered, matrix(*printed))
    assert genuine.tolist() == [True, False, True, False, False, True]


@pytest.mark.parametrize("state", MemberState)
def test_a_new_key_is_named_after_its_state(state):
    key = new_key(state, Algorithm.AES_CMAC, RANDOMNESS)
    assert len(key.id) == 4
    assert key.id[0] == state.digit
    assert set(key.id) <= set(string.digits + string.ascii_uppercase)
    assert key.public is None


def test_a_new_key_shows_its_secret_to_nobody():
    assert repr(SIGNING_KEY.secret)[2:-1] not in repr(SIGNING_KEY)
    assert "secret" not in repr(MAC_KEY)


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_a_new_key_needs_64_random_bytes(size):
    with pytest.raises(ValueError, match="64 random bytes"):
        new_key(MemberState.AM, Algorithm.ED25519, bytes(size))
