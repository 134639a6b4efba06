"""Pictures of labels are read, or refused for a reason; never misread."""

import io
import random

import numpy as np
import pytest
import zxingcpp
from PIL import Image, ImageFilter

from domain.catalogue.templates import Family
from labels.output.symbol_png import png
from labels.pdf import Label, PrintOptions, write_labels
from labels.reading import MOST_BYTES, read, read_symbols
from labels.refusals import PictureRefused
from labels.stock import STOCKS
from labels.symbols import data_matrix, qr
from labels.symbols.dots import bitmap

GS = chr(29)
CODE = (
    f"0104669000322220215t*NH>t:ngCfH{GS}91FFD0{GS}92dGVzdBL8SAtwRqhp7H9rfyI59GoJ8ec6X9GhckDf8JE="
)
PACK = "04601653035829H;dV)bFACVUdGVz"
URI = "https://id.example.org/01/04669000322220/21/5t%2ANH%3Et%3AngCfH"


def encoded(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def label(module: int = 8) -> Image.Image:
    return Image.fromarray(bitmap(data_matrix.one(CODE, Family.L44), module))


def photograph(angle: float, module: float, blur: float, noise: float) -> bytes:
    """The label lying on a table, in uneven light, through a poor lens."""
    flat = label().convert("L")
    card = Image.new("L", (flat.width * 2, flat.height * 2), 225)
    card.paste(flat, (flat.width // 2, flat.height // 2))
    side = round(card.width * module / 8)
    card = card.rotate(angle, Image.Resampling.BICUBIC, fillcolor=225).resize((side, side))
    table = Image.new("L", (1280, 960), 190)
    table.paste(card, (310, 170))
    light = np.linspace(-35, 35, 1280)[None, :]
    grain = np.random.default_rng(7).normal(0, noise, (960, 1280))
    dim = np.asarray(table.filter(ImageFilter.GaussianBlur(blur)), float) * 0.6 + 50 + light + grain
    return encoded(Image.fromarray(dim.clip(0, 255).astype(np.uint8)), "JPEG", quality=75)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "1", "P"])
def test_a_label_is_read_from_every_kind_of_picture(kind, mode):
    picture = label().convert(mode)
    if (kind, mode) in {("JPEG", "P"), ("WEBP", "P")}:
        picture = picture.convert("RGB")

    assert read(encoded(picture, kind)) == [CODE]


@pytest.mark.parametrize("angle", [0, 30, 90, 135, 180, 275])
def test_a_photograph_is_read_at_any_angle(angle):
    assert read(photograph(angle, module=6, blur=1.2, noise=6)) == [CODE]


def test_a_poor_photograph_is_read_too():
    assert read(photograph(17, module=4, blur=1.5, noise=10)) == [CODE]


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
        "]d2": png(data_matrix.one(CODE, Family.L44)),
        "]d1": png(data_matrix.one(PACK, Family.T29)),
        "]Q1": png(qr.one(URI)),
    }

    found = {kind: read_symbols(picture) for kind, picture in pictures.items()}

    assert [(one.identifier, one.text) for (one,) in found.values()] == [
        ("]d2", CODE),
        ("]d1", PACK),
        ("]Q1", URI),
    ]
    assert "dGVz" not in repr(found)


def test_bytes_that_are_no_utf_8_are_told_one_character_each():
    code = zxingcpp.create_barcode(b"caf\xe9 \xff", zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(np.asarray(code.to_image(scale=6)))

    assert read(encoded(picture)) == ["café ÿ"]


def test_every_label_of_a_page_is_read(one_of_each, pages):
    out = io.BytesIO()
    labels = [Label(code, family, "Товар") for code, family in one_of_each]
    write_labels(labels, out, STOCKS["a4-3x8"], PrintOptions(dpi=300))

    page = Image.fromarray(pages(out.getvalue()).dots(0, 200))

    assert set(read(encoded(page))) == {code for code, _ in one_of_each}


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
