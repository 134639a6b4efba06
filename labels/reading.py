"""Codes out of pictures: photographs of labels, scans, screenshots, rendered pages.

A picture climbs a ladder of attempts from cheap to thorough. A light blur before reading evens out
the grain that a reader takes for modules: it reads most labels at the first attempt and quicker
than from the picture as it is; drawing the edges out again afterwards reads most of the rest.

A picture with one symbol is done when that is read. Where several symbols are, or one was seen and
could not be read, no single attempt finds all: such a picture goes through all attempts that look
for dark symbols, and what each finds is told together.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from domain.standards import digital_link, element_string
from domain.standards.digital_link import InvalidDigitalLink
from domain.standards.element_string import Element, InvalidElementString
from labels.refusals import PictureRefused

MOST_BYTES = 20_000_000
MOST_PIXELS = 50_000_000
MOST_SAMPLES = 100_000_000  # pixels times colours, of what is really decoded: bounds the memory
LONG_SIDE = 1600  # of the first try: what a phone's photograph needs, and a page's symbols mostly
LONG_SIDE_ENLARGED = 3200  # of what is enlarged, or came in larger: bounds the slowest attempt
SHORTEST = 14  # characters of a text, see `_readings`
SMALLEST = 10  # pixels of a side: the smallest symbol has ten modules
STRIP = 2**16  # pixels softened at a time
KINDS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode]
)

Line = np.ndarray[tuple[int], np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One symbol in a picture: its text with chr(29) as separator, and how it introduced itself."""

    text: str = field(repr=False)
    identifier: str  # ]d2 GS1 Data Matrix, ]d1 plain Data Matrix, ]Q1 QR Code


def read(picture: bytes) -> list[str]:
    """Element strings, pack codes and URIs in the picture, each once, without prefixes.

    A label may say the same in a Data Matrix and in a QR code: then the link is left out.
    """
    texts = [reading.text for reading in read_symbols(picture)]
    said = {elements for text in texts if (elements := _elements(text, element_string.parse))}
    return [text for text in texts if _elements(text, digital_link.parse) not in said]


def _elements(text: str, parse: Callable[[str], Iterable[Element]]) -> frozenset[Element] | None:
    """What the text says of goods, in whatever order; None if it is not of this kind."""
    try:
        return frozenset(parse(text))
    except (InvalidElementString, InvalidDigitalLink):
        return None


def read_symbols(picture: bytes) -> list[Reading]:
    """Every Data Matrix and QR Code in the picture, each text once; none found is no error."""
    grey = _grey(picture)
    found: dict[str, Reading] = {}
    if min(grey.size) < SMALLEST:
        return []
    for attempt in FOR_DARK_SYMBOLS:
        seen = _symbols(attempt(grey))
        for reading in _readings(seen):
            found.setdefault(reading.text, reading)
        if len(found) == 1 and all(symbol.valid for symbol in seen):
            return list(found.values())
    for attempt in WHERE_NOTHING_WAS_FOUND:
        if not found:
            found = {reading.text: reading for reading in _readings(_symbols(attempt(grey)))}
    return list(found.values())


def _symbols(attempt: Image.Image) -> list[zxingcpp.Barcode]:
    """What looks like a symbol, also where its text could not be made out."""
    return zxingcpp.read_barcodes(
        np.asarray(attempt),
        formats=FORMATS,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
        return_errors=True,
    )


def _readings(symbols: list[zxingcpp.Barcode]) -> Iterator[Reading]:
    """What was made out, but for what is too short to be trusted.

    A symbol of a few characters has so few check words that print and noise are taken for one now
    and then; nothing that stands on goods is shorter than a GTIN.
    """
    for symbol in symbols:
        if symbol.valid and len(text := _text(symbol.bytes)) >= SHORTEST:
            yield Reading(text, symbol.symbology_identifier)


def _text(raw: bytes) -> str:
    """The bytes, not the reader's text: that one is dressed up with brackets."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _softened(grey: Image.Image, times: int = 1) -> Image.Image:
    """Each pixel weighed 1-2-1 with its neighbours, across and down, so many times.

    A weight of 1-2-1 is two means of neighbours, and all rows lie in one line: what is mixed over
    the end of a row are two pixels at the edge. Pillow's own blurs take twice as long.
    """
    pixels = np.asarray(grey)
    line = pixels.ravel()
    across = grey.width
    for _ in range(times):
        line = _weighed(line, across)
    return Image.fromarray(line.reshape(pixels.shape))


def _weighed(line: Line, across: int) -> Line:
    """A strip at a time, through three pieces of memory that stay in the processor's cache."""
    made = line.copy()  # the last pixels, which have no neighbours, stay as they are
    reach = 2 * across + 2
    mean, spare, both = np.empty((3, STRIP + reach), np.uint8)
    for start in range(0, line.size - reach, STRIP):
        part = line[start : start + STRIP + reach]
        for step in (across, across, 1, 1):
            size = part.size - step
            np.bitwise_and(part[:-step], part[step:], both[:size])
            np.bitwise_xor(part[:-step], part[step:], mean[:size])
            np.right_shift(mean[:size], 1, mean[:size])
            part = np.add(mean[:size], both[:size], mean[:size])
            mean, spare = spare, mean
        made[start : start + part.size] = part
    return made


def _drawn_out(soft: Image.Image, radius: int) -> Image.Image:
    """With its edges drawn out: three times what a pixel differs from those around it."""
    return Image.blend(soft.filter(ImageFilter.BoxBlur(radius)), soft, 3.0)


def _small(grey: Image.Image) -> Image.Image:
    return _at_most(grey, LONG_SIDE)


def _enlarged(grey: Image.Image, times: float) -> Image.Image:
    scale = min(times, LONG_SIDE_ENLARGED / max(grey.size))
    size = (round(grey.width * scale), round(grey.height * scale))
    return grey.resize(size, Image.Resampling.BICUBIC) if scale > 1 else grey


def _as_it_is(grey: Image.Image) -> Image.Image:
    return _softened(_small(grey))


def _in_poor_light(grey: Image.Image) -> Image.Image:
    return _drawn_out(_softened(_small(grey), times=2), radius=3)


def _from_afar(grey: Image.Image) -> Image.Image:
    soft = _softened(_at_most(grey, LONG_SIDE_ENLARGED), times=2)
    return _enlarged(_drawn_out(soft, radius=2), 1.5)


def _light_on_dark(grey: Image.Image) -> Image.Image:
    return ImageOps.invert(_as_it_is(grey))


def _tiny_and_sharp(grey: Image.Image) -> Image.Image:
    return _enlarged(_at_most(grey, LONG_SIDE_ENLARGED), 2.0)


Attempt = Callable[[Image.Image], Image.Image]

FOR_DARK_SYMBOLS: tuple[Attempt, ...] = (_as_it_is, _in_poor_light, _from_afar)
WHERE_NOTHING_WAS_FOUND: tuple[Attempt, ...] = (_light_on_dark, _tiny_and_sharp)


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
            image.draft("L", (LONG_SIDE_ENLARGED, LONG_SIDE_ENLARGED))
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
