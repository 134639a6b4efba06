import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.keys.vault import (
    MasterKeyMalformed,
    Vault,
    WrongMasterKey,
    new_master_key,
    parse_master_key,
)

KEY = bytes(range(220, 252))  # its base64 has both + and /
SECRET = b"a secret of the registry"


@given(name=st.text(max_size=40), secret=st.binary(max_size=100))
def test_a_secret_comes_back_as_it_was_wrapped(name, secret):
    vault = Vault(KEY)
    wrapped = vault.wrap(name, secret)
    assert vault.unwrap(name, wrapped) == secret
    assert vault.wrap(name, secret) == wrapped


def test_a_wrapped_secret_shows_nothing_but_its_length():
    wrapped = Vault(KEY).wrap("name", SECRET)
    assert SECRET not in wrapped
    assert len(wrapped) == len(SECRET) + 12 + 16


def test_different_secrets_and_names_have_different_nonces():
    vault = Vault(KEY)
    wrapped = [vault.wrap(*pair) for pair in (("a", b"bc"), ("ab", b"c"), ("a", b"bd"))]
    assert len({one[:12] for one in wrapped}) == 3


def test_a_secret_opens_only_under_its_own_name_and_master_key():
    wrapped = Vault(KEY).wrap("one", SECRET)
    for vault, name in ((Vault(KEY), "two"), (Vault(bytes(32)), "one")):
        with pytest.raises(WrongMasterKey, match=f"^{name} was wrapped under another master key"):
            vault.unwrap(name, wrapped)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_bit_is_noticed(place):
    wrapped = bytearray(Vault(KEY).wrap("name", SECRET))
    wrapped[place] ^= 1
    with pytest.raises(WrongMasterKey):
        Vault(KEY).unwrap("name", bytes(wrapped))


@pytest.mark.parametrize("size", [0, 5, 12, 27])
def test_what_is_cut_short_is_noticed(size):
    wrapped = Vault(KEY).wrap("name", b"")
    with pytest.raises(WrongMasterKey):
        Vault(KEY).unwrap("name", wrapped[:size])


def test_a_new_master_key_can_be_read_back():
    text = new_master_key(KEY)
    assert parse_master_key(text) == KEY
    assert text.isalnum()


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        f"  {KEY.hex()}\n",
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
    ],
)
def test_a_master_key_may_be_hexadecimal_or_base64(text):
    assert parse_master_key(text) == KEY


@pytest.mark.parametrize(
    "text", ["", "changeme", KEY.hex()[:-2], KEY.hex() + "00", KEY.hex()[:-1] + "g", "\u043a" * 32]
)
def test_what_is_no_master_key_is_refused_without_repeating_it(text):
    with pytest.raises(MasterKeyMalformed) as refused:
        parse_master_key(text)
    assert str(refused.value) == (
        "A master key is 32 bytes, written as 64 hexadecimal digits or in base64."
    )


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_master_key_has_32_bytes(size):
    with pytest.raises(MasterKeyMalformed):
        new_master_key(bytes(size))
    with pytest.raises(MasterKeyMalformed):
        Vault(bytes(size))
