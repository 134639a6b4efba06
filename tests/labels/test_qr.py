"""QR Codes carry the unit's web address exactly, and are made as the package `qrcode` makes them."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from qrcode import base, constants, util
from qrcode.main import QRCode

from domain.standards import digital_link
from domain.standards.alphabets import Alphabet
from labels.refusals import ContentNotFitting
from labels.symbols import qr, qr_segments
from labels.symbols.qr_tables import MASK, Tables, tables
from labels.symbols.symbol import Symbol
from tests.labels.decoded import read
from tests.labels.symbol_pictures import bitmap

URI = "HTTPS://ID.EXAMPLE/01/04610053149777/21/5d%2Fw%28U"
HOSTS = ["https://id.gs1.org", "HTTPS://ID.GS1.ORG", "http://a.kz/x", "HTTPS://TAMGA.EXAMPLE.KZ"]
CHANCE = random.Random("links")  # noqa: S311 - drawn to be repeated, not to be secret

addresses = st.from_regex(r"https?://[!-~]{1,290}", fullmatch=True)


def links(count: int) -> list[str]:
    """Digital Links whose serials may hold any of the 82 characters, under several hosts."""
    return [
        digital_link.build(
            [
                ("01", "04610053149777"),
                (
                    "21",
                    "".join(CHANCE.choices(Alphabet.SET_82.characters, k=CHANCE.randint(1, 20))),
                ),
            ],
            resolver=CHANCE.choice(HOSTS),
        )
        for _ in range(count)
    ]


def version_of_the_package(uri: str) -> int:
    """The version that the package takes, with its own segments."""
    code = QRCode(error_correction=constants.ERROR_CORRECT_M)
    code.add_data(uri)
    return code.best_fit()


def drawn_by_the_package(symbol: Symbol) -> np.ndarray:
    """What the package draws of our segments in our version and mask."""
    version = (symbol.lines - 17) // 4
    code = QRCode(version, constants.ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    counts = qr_segments.FEW if version <= qr_segments.LAST_OF_FEW else qr_segments.MANY
    for mode, text in qr_segments.segments(symbol.content.encode(), counts):
        code.add_data(util.QRData(text, mode=qr_segments.INDICATOR[mode]))
    code.make(fit=False)
    return np.array(code.get_matrix(), np.uint8)


def test_a_digital_link_reads_back():
    assert read(bitmap(qr.one(URI), 4)) == (URI.encode(), "]Q1")


def test_thousands_of_links_read_back_at_level_m():
    uris = links(2000)

    for uri, symbol in zip(uris, qr.many(uris), strict=True):
        found = zxingcpp.read_barcode(bitmap(symbol, 2), is_pure=True)
        assert found.bytes == uri.encode()
        assert found.ec_level == "M"


@settings(deadline=None)
@given(addresses)
@example("https://" + "1" * 292)
@example("HTTPS://" + "A" * 292)
@example("https://" + "a" * 292)
@example("https://" + "a1" * 146)
@example("https://" + "aaA1111111" * 29)
def test_any_address_is_drawn_as_the_package_draws_it_and_never_larger(uri):
    symbol = qr.one(uri)

    assert symbol.dark().tolist() == drawn_by_the_package(symbol).tolist()
    assert symbol.lines <= 4 * version_of_the_package(uri) + 17


@settings(deadline=None)
@given(st.lists(addresses, min_size=qr.FEW, max_size=40))
def test_many_are_what_each_is_alone(uris):
    assert qr.many(uris) == [qr.one(uri) for uri in uris]


def test_many_keep_their_order_over_portions_and_sizes():
    uris = links(2 * qr.PORTION + 7)

    symbols = qr.many(uris)

    assert [symbol.content for symbol in symbols] == uris
    assert len({symbol.lines for symbol in symbols}) > 1
    sample = range(0, len(uris), 97)
    assert [symbols[place] for place in sample] == [qr.one(uris[place]) for place in sample]


def test_short_addresses_and_the_longest_are_made_together():
    uris = [f"https://a.kz/{'a' * length}" for length in range(1, qr.LONGEST_URI - 12)]

    symbols = qr.many(uris)

    assert {(symbol.lines - 17) // 4 for symbol in symbols} == set(range(1, 14))
    assert symbols == [qr.one(uri) for uri in uris]


def test_few_and_none_are_many_too():
    assert qr.many([]) == []
    assert qr.many([URI]) == [qr.one(URI)]


def test_capitals_for_scheme_and_host_save_a_size():
    lower = "https://tamga.example.kz/01/04610053149777/21/abcdef"
    upper = "HTTPS://TAMGA.EXAMPLE.KZ/01/04610053149777/21/abcdef"

    assert qr.one(upper).lines < qr.one(lower).lines


@pytest.mark.parametrize("version", range(1, 14))
def test_every_version_up_to_the_longest_address_is_learnt_as_the_package_draws_it(version):
    learnt = tables(version)
    data = CHANCE.randbytes(learnt.capacity)
    code = QRCode(version, constants.ERROR_CORRECT_M, border=0)
    buffer = util.BitBuffer()
    buffer.buffer = list(data)
    blocks = base.rs_blocks(version, constants.ERROR_CORRECT_M)
    code.data_cache = util.create_bytes(buffer, blocks)
    code.makeImpl(False, MASK)  # noqa: FBT003

    rows = np.packbits(np.array(code.get_matrix(), np.uint8), axis=1).tobytes()

    assert learnt.symbol(data) == rows
    assert learnt.symbols(np.frombuffer(data, np.uint8)[np.newaxis])[0].tobytes() == rows


def test_the_longest_address_needs_no_later_version():
    longest = qr.one("https://" + "a" * 292)

    assert (longest.lines - 17) // 4 == 13


def test_threads_that_learn_at_once_learn_the_same():
    with ThreadPoolExecutor(4) as pool:
        learnt = list(pool.map(Tables, [3] * 4))

    assert all((one.turned == learnt[0].turned).all() for one in learnt)
    assert all((one.zeros == learnt[0].zeros).all() for one in learnt)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://",
        "javascript:alert(1)",
        "ftp://id.example/01/04610053149777",
        URI + "ы",
        URI + " ",
        URI + "\n",
        URI + chr(29),
        URI + "\0",
        "http://" + "a" * 400,
    ],
)
@pytest.mark.parametrize("others", [0, 20])
def test_what_is_no_digital_link_becomes_no_symbol(uri, others):
    with pytest.raises(ContentNotFitting):
        qr.one(uri)
    with pytest.raises(ContentNotFitting):
        qr.many([*[URI] * others, uri])
