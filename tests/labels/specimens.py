"""Labels to print in tests: everything that can stand on one, and names that would break out."""

import numpy as np
import zxingcpp

from domain.catalogue.templates import Family
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.output import bitmap
from labels.symbols import data_matrix, hri, linear
from labels.text import fonts

DPI, WIDTH, HEIGHT = 203, 464, 320  # 58 x 40 mm
SIZE = (WIDTH, HEIGHT)
MODULE = 4
HOSTILE = (
    "Молоко «Луговое» ^XZ^XA~JA",
    "^XZ^XA^FO0,0^FDowned^FS^XZ",
    '~JA~WC_5E "\r\nPRINT 9,9\r\n',
    'a\\5EXZ b"\r\nCLS\r\nN\r\nGW0,0,1,1,',
    "₸ կաթ\x1b!?\x02~HS\x03 ^CC+ ^CT!",
)


def font() -> fonts.Font:
    return fonts.find()


def face(gtin: str, *, names: tuple[str, ...] = HOSTILE, dpi: int = DPI) -> Face:
    """A frame, names that hold commands, the GTIN, and its EAN."""
    written = font()
    words = tuple(
        Words(written.fit_to_write(name), 190, 30 + 24 * line, 20.0)
        for line, name in enumerate(names)
    )
    gtin_line = Words(f"(01){gtin}", 20, 230, 22.0)
    bars = (Bar(0, 0, WIDTH, 2), Bar(0, HEIGHT - 3, WIDTH, 3), Bar(WIDTH - 1, 0, 1, HEIGHT))
    ean = Placed(linear.trade_item(gtin), 200, 180, 2, 30)
    return Face(dpi, WIDTH, HEIGHT, written, (*words, gtin_line), bars, (ean,))


def drawing(code: str, family: Family, shared: Face | None = None) -> Drawing:
    gtin_line, serial_line = hri.lines(code, family)
    shared = shared or face(gtin_line.removeprefix("(01)"))
    symbol = data_matrix.one(code, family)
    return Drawing(
        shared, (Placed(symbol, 12, 12, MODULE, MODULE),), (Words(serial_line, 20, 260, 22.0),)
    )


def same_product(codes: list[str], family: Family) -> list[str]:
    """The codes, all with the GTIN of the first."""
    at = slice(0, 14) if family is Family.T29 else slice(2, 16)
    gtin = codes[0][at]
    return [code[: at.start] + gtin + code[at.stop :] for code in codes]


def dots(drawn: Drawing) -> np.ndarray:
    """The label as it must come out, 1 for black."""
    return np.unpackbits(bitmap.packed(drawn), axis=1, count=drawn.face.width)


def read(paper: np.ndarray, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.DataMatrix):
    """What a reader finds on the paper: content and identifier of its one symbol of this kind."""
    picture = np.where(np.pad(paper, 20), 0, 255).astype(np.uint8)
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(kind))
    assert len(found) == 1
    return found[0].bytes.decode("ascii"), found[0].symbology_identifier


def expected(code: str, family: Family) -> tuple[str, str]:
    return code, "]d1" if family is Family.T29 else "]d2"
