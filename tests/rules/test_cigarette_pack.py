import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards import cigarette_pack
from domain.standards.cigarette_pack import HIGHEST_PRICE, CigarettePack, InvalidPack

CODE = "04601653035829H;dV)bFACVUdGVz"
PACK = CigarettePack("04601653035829", "H;dV)bF", 145_00, "dGVz")


def test_a_published_pack_is_read_and_rebuilt():
    assert cigarette_pack.parse(CODE) == PACK
    assert cigarette_pack.build(PACK) == CODE


@pytest.mark.parametrize(
    ("symbols", "price_minor"),
    [("ABVU", 81_00), ("ACVU", 145_00), ("ADI8", 199_00), ("AAAA", 0), ("????", HIGHEST_PRICE)],
)
def test_published_prices_are_read_and_written(symbols, price_minor):
    assert cigarette_pack.decode_price(symbols) == price_minor
    assert cigarette_pack.encode_price(price_minor) == symbols


@given(st.integers(0, HIGHEST_PRICE))
def test_every_price_comes_back(price_minor):
    assert cigarette_pack.decode_price(cigarette_pack.encode_price(price_minor)) == price_minor


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CODE[:-1], "has 29 characters; this has 28"),
        ("04601653035828" + CODE[14:], "has check digit 8; expected 9"),
        (CODE.replace("ACVU", "AC(U"), "'\\(' does not occur in a pack's price"),
        (CODE.replace("H;dV", "H dV"), "' ' is not in GS1 character set 82"),
    ],
)
def test_what_is_no_pack_is_refused_with_the_reason(text, reason):
    with pytest.raises(InvalidPack, match=reason):
        cigarette_pack.parse(text)


@pytest.mark.parametrize(
    "pack",
    [
        PACK._replace(price_minor=-1),
        PACK._replace(price_minor=HIGHEST_PRICE + 1),
        PACK._replace(serial="H;dV)b", check="xdGVz"),
        PACK._replace(serial="H;dV)b"),
        PACK._replace(gtin="4601653035829"),
    ],
)
def test_what_would_not_read_back_is_not_written(pack):
    with pytest.raises(InvalidPack):
        cigarette_pack.build(pack)


def test_a_price_has_four_symbols():
    with pytest.raises(InvalidPack, match="has 4 symbols; this has 3"):
        cigarette_pack.decode_price("AAA")
