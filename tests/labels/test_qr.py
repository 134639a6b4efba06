"""QR Codes carry the unit's web address exactly."""

import pytest

from labels.refusals import ContentNotFitting
from labels.symbols import qr
from labels.symbols.dots import bitmap
from tests.labels.decoded import read

URI = "HTTPS://ID.EXAMPLE/01/04610053149777/21/5d%2Fw%28U"


def test_a_digital_link_reads_back():
    assert read(bitmap(qr.one(URI), 4)) == (URI.encode(), "]Q1")


@pytest.mark.parametrize(
    "uri", ["", "javascript:alert(1)", URI + "ы", URI + " ", "http://" + "a" * 400]
)
def test_what_is_no_digital_link_becomes_no_symbol(uri):
    with pytest.raises(ContentNotFitting):
        qr.one(uri)
