"""TSPL, for printers of TSC and those that speak like them; FBPL is the same.

TSPL/TSPL2 Programming Manual: BITMAP, DMATRIX, TEXT, PRINT. Each label is whole in itself, as in
ZPL and for the same reason. Size, gap and density are the printer's settings and stay as they are.
"""

from collections.abc import Sequence

from domain.catalogue.templates import Family
from domain.standards.element_string import GS
from labels.drawing import Drawing, Face, Placed, Words
from labels.output import bitmap
from labels.output.blocks import blocks
from labels.output.pattern import (
    CODE,
    ENCODABLE,
    GS1,
    SERIAL,
    By,
    Language,
    Pattern,
    is_plain,
    pattern_of,
    written,
)
from labels.symbols.dots import POINTS_PER_INCH
from labels.symbols.modules import next_side
from labels.symbols.symbol import Symbology

FNC1 = "~1"  # `c126` makes the tilde the escape character; it is in no marking code
QUOTE = "~d034"  # a quotation mark would end the string
QUOTE_IN_TEXT = '\\["]'
END = "\r\n"
WHITE = bytes(range(255, -1, -1))  # in a BITMAP, 1 is white
BASELINE = 0.8  # of a letter's height in the printer's font, below its top


def label(drawing: Drawing, copies: int = 1, symbol: By = "graphic") -> bytes:
    """The label, printed so many times; `firmware` leaves Data Matrix to the printer.

    All else is a picture, so that the printer needs no fonts.
    """
    by_printer = [placed for placed in drawing.placed if symbol == "firmware" and _can(placed)]
    drawn = tuple(placed for placed in drawing.placed if placed not in by_printer)
    parts = [_pictures(drawing._replace(placed=drawn))]
    for placed in by_printer:
        data = _data(f"{placed.symbol.content}\n", placed.symbol.identifier).removesuffix("\n")
        parts.append(f'{_matrix(placed)}"{data}"{END}')
    return _whole("".join(parts), copies).encode("latin-1")


def texts(pattern: Drawing, codes: Sequence[str], family: Family, copies: int = 1) -> bytes:
    """Labels like the pattern, one for each of these codes, the quickest and shortest way.

    As `zpl.texts`. In a serial's line, a quotation mark is written as TSPL has it, which printers
    that only resemble TSC's may not understand.
    """
    found = pattern_of(pattern, family)
    return written(found, _pieces(found, copies), codes, LANGUAGE).encode("latin-1")


def _whole(parts: str, copies: int) -> str:
    return f"CLS{END}{parts}PRINT 1,{copies}{END}"


def _pictures(drawing: Drawing) -> str:
    """The black pieces of the label, bytes as the characters of Latin-1."""
    return "".join(
        f"BITMAP {block.left},{block.top},{block.stride},{block.lines},0,"
        f"{block.rows.translate(WHITE).decode('latin-1')}{END}"
        for block in blocks(bitmap.packed(drawing))
    )


def _can(placed: Placed) -> bool:
    symbol = placed.symbol
    return symbol.symbology is Symbology.DATA_MATRIX and ENCODABLE.issuperset(symbol.content)


def _matrix(placed: Placed) -> str:
    """The command up to its content; the printer's encoder may need a size more than ours."""
    room = placed.module * next_side(placed.symbol.columns)
    return f"DMATRIX {placed.left},{placed.top},{room},{room},c126,x{placed.module},"


def _data(lines: str, identifier: str) -> str:
    """Codes, each ended by a line feed, as they stand in a string of DMATRIX."""
    escaped = lines.replace('"', QUOTE)
    if identifier != GS1:
        return escaped
    return FNC1 + escaped.replace(GS, FNC1).replace("\n", f"\n{FNC1}").removesuffix(FNC1)


def _pieces(pattern: Pattern, copies: int) -> list[str]:
    """A label, with the code and the serial standing at the odd places, by their names."""
    face = pattern.face
    all_words = (*face.words, *pattern.words)
    plain = [words for words in all_words if _is_writable(words.text)]
    others = tuple(words for words in all_words if not _is_writable(words.text))
    drawn = Face(face.dpi, face.width, face.height, face.font, others, face.bars, face.placed)
    texts = "".join(_text(words, face.dpi) + f'"{END}' for words in plain)
    head = f"{_pictures(Drawing(drawn))}{texts}{_matrix(pattern.placed)}"
    pieces = [f'CLS{END}{head}"', CODE, f'"{END}']
    for slot in pattern.slots:
        pieces[-1] += _text(slot.words._replace(text=slot.before), face.dpi)
        pieces += [SERIAL, f'{_quoted(slot.after)}"{END}']
    pieces[-1] += f"PRINT 1,{copies}{END}"
    return pieces


def _is_writable(text: str) -> bool:
    """Whether a string can hold it; how a backslash is told differs."""
    return is_plain(text) and "\\" not in text


def _text(words: Words, dpi: int) -> str:
    """A line in the printer's scalable font, up to the end of its content."""
    points = max(1, round(words.size * POINTS_PER_INCH / dpi))
    top = max(0, words.baseline - round(words.size * BASELINE))
    return f'TEXT {words.left},{top},"0",0,{points},{points},"{_quoted(words.text)}'


def _quoted(text: str) -> str:
    return text.replace('"', QUOTE_IN_TEXT)


LANGUAGE = Language(_data, _quoted)
