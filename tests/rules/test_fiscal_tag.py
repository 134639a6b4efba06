import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards import fiscal_tag, gs1_keys
from domain.standards.alphabets import Alphabet
from domain.standards.fiscal_tag import InvalidFiscalTag

TAG = bytes.fromhex("444D 042F1F968178 4A67584A352E54 313132303030")


def test_a_published_block_is_read_and_written():
    assert fiscal_tag.decode(TAG) == ("04600439931256", "JgXJ5.T112000")
    assert fiscal_tag.encode("04600439931256", "JgXJ5.T", "112000") == TAG


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        (TAG[1:], "44 4D, six bytes of GTIN and a serial"),
        (TAG[:8], "44 4D, six bytes of GTIN and a serial"),
        (TAG.replace(b"\x78", b"\x79"), "expected 6"),
        (TAG[:2] + b"\xff" * 6 + b"A", "GTIN has 8, 12, 13 or 14 digits; this has 15"),
        (TAG + b"\xe8", "not in GS1 character set 82"),
    ],
)
def test_what_is_no_tag_is_refused_with_the_reason(tag, reason):
    with pytest.raises(InvalidFiscalTag, match=reason):
        fiscal_tag.decode(tag)


@given(
    st.text("0123456789", min_size=13, max_size=13),
    st.text(Alphabet.SET_82.characters, min_size=1, max_size=20),
)
def test_what_a_till_writes_it_reads(body, serial):
    gtin = body + gs1_keys.check_digit(body)

    assert fiscal_tag.decode(fiscal_tag.encode(gtin, serial)) == (gtin, serial)
