"""A whole label to draw: a symbol, a frame, a name in every script, GTIN and serial."""

from domain.catalogue.templates import Family
from labels.drawing import Bar, Drawing, Face, Placed, Words
from labels.symbols import data_matrix, linear, qr
from labels.text import fonts

FONT = fonts.find()
GS = chr(29)
VERIFICATION_CODE = "dGVz"
MILK = f"0104610053149777215d/w(U{GS}93{VERIFICATION_CODE}"
SSCC = "146070950831234560"
NAMES = ("Молоко «Луговое» 2,5 %", "Үй тәпішкелері", "Көйнөгү", "Кваліфікаваны ўзор", "Կաթ 1 լ")
HOSTILE = (
    "</title></svg><script>alert(1)</script>\x00\ud800&<!--",
    "^XZ~JA^FS",
    '";PRINT 99\r\n',
    ")Tj ET \\",
    "\u202eTRA\u202c\u200f\x1d\x1b[2J",
    "]]>&quot;<![CDATA[",
)


def face(dpi=203, size=(464, 320), names=NAMES, placed=()):
    width, height = size
    type_size = dpi / 12
    words = tuple(
        Words(FONT.fit_to_write(name), width // 2, round((row + 2) * type_size * 1.2), type_size)
        for row, name in enumerate(names)
    )
    frame = (Bar(2, 2, width - 4, 1), Bar(2, height - 3, width - 4, 1), Bar(2, 2, 1, height - 4))
    return Face(dpi, width, height, FONT, words, frame, tuple(placed))


def milk(on, module=4, left=16, top=16):
    """A unit's label: its Data Matrix, and GTIN and serial as text."""
    symbol = data_matrix.one(MILK, Family.S)
    size = on.dpi / 14
    below = top + symbol.lines * module + round(1.5 * size)
    words = (Words("(01)04610053149777", left, below, size),)
    words += (Words("(21)5d/w(U", left, round(below + 1.2 * size), size),)
    return Drawing(on, (Placed(symbol, left, top, module, module),), words)


# One of each kind, as large as they are usual at 203 dpi.
SYMBOLS = (
    Placed(data_matrix.one(MILK, Family.S), 17, 13, 4, 4),
    Placed(qr.one("HTTPS://ID.EXAMPLE/01/04610053149777/21/5DWU"), 33, 29, 3, 3),
    Placed(linear.sscc(SSCC), 45, 21, 2, 90),
)
