"""Photographs, from well lit to hardly legible: read, or not read, but never misread."""

import io

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from domain.catalogue.templates import Family
from labels.reading import LONG_SIDE, read
from labels.symbols import data_matrix
from tests.labels.symbol_pictures import bitmap
from tests.photographs import EASY, HARD, MIDDLE, SEVERITIES, Kind, Photograph, photographs

GS = chr(29)
OF_EACH = 4


@pytest.fixture(scope="module")
def in_poor_light() -> list[Photograph]:
    return list(photographs(HARD, OF_EACH))


@pytest.mark.parametrize("severity", [EASY, MIDDLE], ids=lambda severity: severity.name)
def test_a_label_in_fair_light_is_read_at_any_angle(severity):
    for photograph in photographs(severity, OF_EACH):
        assert read(photograph.jpeg) == [photograph.text], photograph.kind


def test_most_labels_in_poor_light_are_read_and_none_is_misread(in_poor_light):
    found = [read(photograph.jpeg) for photograph in in_poor_light]

    assert all(texts in ([], [one.text]) for texts, one in zip(found, in_poor_light, strict=True))
    assert sum(map(len, found)) >= 0.6 * len(found)


def test_the_same_seed_takes_the_same_photographs():
    first, again = (list(photographs(MIDDLE, 1)) for _ in range(2))

    assert first == again
    assert [one.kind for one in first] == list(Kind)
    assert len({one.text for severity in SEVERITIES for one in photographs(severity, 1)}) == 12


def test_where_several_labels_lie_the_small_ones_are_read_as_well():
    """The small one is legible in the whole picture, not in the reduced one that is read first."""
    codes = [f"010461005314977721{serial}{GS}93dGVz" for serial in ("1near1", "2near2", "3afar3")]
    table = Image.new("L", (3000, 2000), 220)
    for number, (code, module) in enumerate(zip(codes, (12, 12, 3), strict=True)):
        symbol = Image.fromarray(bitmap(data_matrix.one(code, Family.S), module))
        table.paste(symbol, (200 + 900 * number, 700))

    assert set(read(jpeg(table))) == set(codes)
    assert read(jpeg(table.resize((LONG_SIDE, 1067), Image.Resampling.BOX))) == codes[:2]


@pytest.mark.parametrize("size", [(1280, 720), (4000, 3000)], ids=["HD", "12 MP"])
def test_noise_is_no_symbol(size):
    """Also the slowest there is to read: every attempt is made, and each on what looks like edges."""
    grain = np.random.default_rng(size).integers(0, 256, size[::-1], np.uint8)

    assert read(jpeg(Image.fromarray(grain))) == []


def test_the_reader_alone_reads_few_of_what_is_hard(in_poor_light):
    """Otherwise it would say little that most of these photographs are read."""
    found = [zxingcpp.read_barcodes(Image.open(io.BytesIO(one.jpeg))) for one in in_poor_light]

    assert sum(map(bool, found)) <= 0.2 * len(found)


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
