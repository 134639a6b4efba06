"""Pictures of labels are read, or refused for a reason; never misread."""

import io
import random

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from domain.catalogue.templates import Family
from domain.prints.told import Facts
from domain.standards import digital_link, element_string
from labels.layouts import ready
from labels.layouts.composing import Composer
from labels.output import bitmap as bits
from labels.reading import MOST_BYTES, read, read_symbols
from labels.refusals import PictureRefused
from labels.symbols import data_matrix, qr
from labels.symbols.symbol import Symbol
from labels.text import fonts
from tests.labels.conftest import SHAPES, draw
from tests.labels.symbol_pictures import bitmap

GS = chr(29)
GTIN = "04669000322220"
CODE = (
    f"0104669000322220215t*NH>t:ngCfH{GS}91FFD0{GS}92dGVzdBL8SAtwRqhp7H9rfyI59GoJ8ec6X9GhckDf8JE="
)
PACK = "04601653035829H;dV)bFACVUdGVz"
URI = "https://id.example.org/01/04669000322220/21/5t%2ANH%3Et%3AngCfH"


def encoded(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def drawn(symbol: Symbol, module: int = 8) -> Image.Image:
    return Image.fromarray(bitmap(symbol, module))


def label(module: int = 8) -> Image.Image:
    return drawn(data_matrix.one(CODE, Family.L44), module)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1", "P"])
def test_a_label_is_read_from_every_kind_of_picture(kind, mode):
    picture = label().convert(mode)
    if (kind, mode) in {("JPEG", "P"), ("WEBP", "P")}:
        picture = picture.convert("RGB")

    assert read(encoded(picture, kind)) == [CODE]


def test_a_label_is_read_in_a_picture_of_12_megapixels():
    table = Image.new("RGB", (4000, 3000), (180, 170, 150))
    table.paste(label(6).convert("RGB").rotate(20, expand=True, fillcolor="white"), (2300, 1100))

    assert read(encoded(table, "JPEG", quality=80)) == [CODE]


def test_a_label_on_a_transparent_ground_and_a_light_one_on_dark_are_read():
    clear = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    clear.paste(label().convert("RGBA"), (100, 100))
    ink = label().convert("L").point(lambda value: 255 - value)
    dark = Image.new("L", (600, 600), 0)
    dark.paste(ink, (100, 100))

    assert read(encoded(clear)) == [CODE]
    assert read(encoded(dark)) == [CODE]


def test_symbols_tell_what_they_are():
    pictures = {
        "]d2": drawn(data_matrix.one(CODE, Family.L44)),
        "]d1": drawn(data_matrix.one(PACK, Family.T29)),
        "]Q1": drawn(qr.one(URI)),
    }

    found = {kind: read_symbols(encoded(picture)) for kind, picture in pictures.items()}

    assert [(one.identifier, one.text) for (one,) in found.values()] == [
        ("]d2", CODE),
        ("]d1", PACK),
        ("]Q1", URI),
    ]
    assert "dGVz" not in repr(found)


def test_bytes_that_are_no_utf_8_are_told_one_character_each():
    code = zxingcpp.create_barcode(b"caf\xe9 \xff for travellers", zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(np.asarray(code.to_image(scale=6)))

    assert read(encoded(picture)) == ["café ÿ for travellers"]


def test_texts_too_short_to_be_trusted_are_not_told():
    """A reader sees symbols of a few characters in print and in noise, and reads digits there."""
    short, shortest = "0140001400014", "01400014000140"
    pictures = [
        Image.fromarray(np.asarray(code.to_image(scale=6)))
        for code in (
            zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
            for text in (short, shortest)
        )
    ]

    assert [read(encoded(picture)) for picture in pictures] == [[], [shortest]]


def test_the_same_label_twice_is_told_once():
    pair = Image.new("L", (800, 400), 255)
    pair.paste(label(), (30, 30))
    pair.paste(label(), (430, 30))

    assert read(encoded(pair)) == [CODE]


def test_a_label_that_says_the_same_twice_is_told_once():
    """Its link alone is told, and so is the link of another unit."""
    link = digital_link.build(element_string.parse(CODE), resolver="HTTPS://ID.EXAMPLE.ORG")
    one = Image.new("L", (1100, 500), 255)
    one.paste(label(), (30, 30))
    both, other = one.copy(), one.copy()
    both.paste(drawn(qr.one(link), 6), (450, 30))
    other.paste(drawn(qr.one(URI), 6), (450, 30))

    assert read(encoded(both)) == [CODE]
    assert set(read(encoded(other))) == {CODE, URI}
    assert read(encoded(drawn(qr.one(link), 6))) == [link]
    assert len(read_symbols(encoded(both))) == 2


def sheet_of_65(dpi: int) -> tuple[set[str], bytes]:
    """The codes of a full A4 sheet of 5 x 13, and the sheet as a scanner delivers it."""
    layout = ready.named("a4-5x13")
    shape, chance = next(one for one in SHAPES if one.name == "clothes"), random.Random(65)  # noqa: S311
    codes = [f"01{GTIN}{draw(shape, chance)[16:]}" for _ in range(layout.positions)]
    facts = Facts("Пальто женское демисезонное", GTIN)
    drawings = Composer(layout, dpi, fonts.find()).units(facts, shape.family, codes, None)
    page = Image.new("L", layout.page_dots(dpi), 255)
    for position, drawing in enumerate(drawings):
        ink = np.unpackbits(bits.packed(drawing), axis=1)
        page.paste(Image.fromarray(255 * (1 - ink)), layout.corner(position, dpi))
    return set(codes), encoded(page.rotate(1, fillcolor=255), "JPEG", quality=80)


@pytest.mark.parametrize("dpi", [203, 300])
def test_every_label_of_a_full_sheet_is_read(dpi):
    codes, scan = sheet_of_65(dpi)

    assert len(codes) == 65
    assert set(read(scan)) == codes


def test_a_picture_without_codes_holds_none():
    noise = np.random.default_rng(1).integers(0, 256, (400, 600), np.uint8)

    assert read(encoded(Image.new("RGB", (300, 200), "white"))) == []
    assert read(encoded(Image.fromarray(noise))) == []
    assert read(encoded(Image.new("L", (1, 1)))) == []


@pytest.mark.parametrize(
    "data", [b"", b"not a picture", b"%PDF-1.7", b"<svg/>", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(PictureRefused):
        read(data)


def test_too_many_bytes_are_refused():
    with pytest.raises(PictureRefused) as raised:
        read(b"\x89PNG" + bytes(MOST_BYTES))

    assert raised.value.facts == {"reason": "too many bytes", "limit": MOST_BYTES}


@pytest.mark.parametrize("size", [(8000, 8000), (14_000, 13_000)])
def test_a_small_file_with_too_many_pixels_is_refused_unpacked(size):
    bomb = encoded(Image.new("1", size))

    assert len(bomb) < 100_000
    with pytest.raises(PictureRefused, match="too many pixels"):
        read(bomb)


def test_too_many_colours_of_many_pixels_are_refused():
    with pytest.raises(PictureRefused, match="too many pixels"):
        read(encoded(Image.new("RGBA", (6000, 5000)), compress_level=1))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_damaged_picture_is_refused_or_read_right(kind):
    whole = encoded(label().convert("RGB"), kind)
    chance = random.Random(kind)  # noqa: S311
    for _ in range(60):
        damaged = bytearray(whole[: chance.randrange(1, len(whole) + 1)])
        for _ in range(chance.randrange(4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            found = read(bytes(damaged))
        except PictureRefused:
            continue
        assert found in ([], [CODE])
