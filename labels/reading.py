"""Codes out of pictures: photographs of labels, scans, screenshots, rendered pages."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from labels.refusals import PictureRefused

MOST_BYTES = 20_000_000
MOST_PIXELS = 50_000_000
MOST_SAMPLES = 100_000_000  # pixels times colours, of what is really decoded: bounds the memory
LONG_SIDE = 1600  # of the first try: what a phone's photograph needs, and a page's symbols mostly
LONG_SIDE_OF_THE_SECOND = 3200
KINDS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode]
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One symbol in a picture: its text with chr(29) as separator, and how it introduced itself."""

    text: str = field(repr=False)
    identifier: str  # ]d2 GS1 Data Matrix, ]d1 plain Data Matrix, ]Q1 QR Code


def read(picture: bytes) -> list[str]:
    """Element strings, pack codes and URIs in the picture, each once, without prefixes."""
    return list(dict.fromkeys(reading.text for reading in read_symbols(picture)))


def read_symbols(picture: bytes) -> list[Reading]:
    """Every Data Matrix and QR Code that the first successful try finds; none found is no error."""
    grey = _grey(picture)
    for attempt in _attempts(grey):
        found = zxingcpp.read_barcodes(
            attempt, formats=FORMATS, try_invert=False, text_mode=zxingcpp.TextMode.Plain
        )
        readings = [_reading(barcode) for barcode in found if barcode.valid]
        if readings:
            return readings
    return []


def _reading(barcode: zxingcpp.Barcode) -> Reading:
    """The bytes, not the reader's text: that one is dressed up with brackets."""
    raw = barcode.bytes
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return Reading(text, barcode.symbology_identifier)


def _attempts(grey: Image.Image) -> Iterator[Image.Image]:
    """From cheap to thorough.

    A light blur comes first: it evens out noise, and with it more is read, and quicker, than
    from the picture as it is.
    """
    small = _at_most(grey, LONG_SIDE)
    yield small.filter(ImageFilter.BoxBlur(1))
    yield _sharpened(grey)
    yield small
    yield ImageOps.invert(small.filter(ImageFilter.BoxBlur(1)))


def _sharpened(grey: Image.Image) -> Image.Image:
    """Twice the size of the first try, with edges drawn out."""
    blurred = _at_most(grey, LONG_SIDE_OF_THE_SECOND).filter(ImageFilter.BoxBlur(1))
    scale = min(2.0, LONG_SIDE_OF_THE_SECOND / max(blurred.size))
    size = (round(blurred.width * scale), round(blurred.height * scale))
    larger = blurred.resize(size, Image.Resampling.BICUBIC)
    return larger.filter(ImageFilter.UnsharpMask(radius=3, percent=200, threshold=0))


def _at_most(grey: Image.Image, long_side: int) -> Image.Image:
    if max(grey.size) <= long_side:
        return grey
    smaller = grey.copy()
    smaller.thumbnail((long_side, long_side), Image.Resampling.BOX)
    return smaller


def _grey(picture: bytes) -> Image.Image:
    """Decoded within limits that are checked before any pixel is, on white where transparent."""
    if len(picture) > MOST_BYTES:
        raise PictureRefused("too many bytes", MOST_BYTES)
    Image.init()  # without it, formats are unknown that no other code has opened yet
    try:
        with Image.open(io.BytesIO(picture), formats=KINDS) as image:
            _check_size(image.width * image.height, MOST_PIXELS)
            image.draft("L", (LONG_SIDE_OF_THE_SECOND, LONG_SIDE_OF_THE_SECOND))
            colours = 4 if image.has_transparency_data else len(image.getbands())
            _check_size(image.width * image.height * colours, MOST_SAMPLES)
            return _opaque(image).convert("L")
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise PictureRefused("too many pixels", MOST_PIXELS) from bomb
    except UnidentifiedImageError as unknown:
        raise PictureRefused("not a picture of a known kind") from unknown
    except (OSError, ValueError, SyntaxError, IndexError) as broken:
        raise PictureRefused("the picture is damaged") from broken


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise PictureRefused("too many pixels", limit)


def _opaque(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    coloured = image.convert("RGBA")
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured)
