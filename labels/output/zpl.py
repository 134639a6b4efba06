"""ZPL II, for Zebra's printers and those that understand it.

A label is whole in itself: a file may be cut behind any label, and printing goes on with any label
after a jam. What all labels of a run share is sent with each of them, not stored in the printer
and recalled: a printer that was switched off meanwhile has forgotten it, and prints labels without
it and without a word. It costs a kilobyte or two a label, and a printer prints a few labels a
second.

Size, gap and darkness of the labels are the printer's settings and stay as they are. Texts are
pictures and can neither lack a letter nor end their field; where the printer's own font writes them
(`texts`), what is a command in ZPL is told in hexadecimal.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from domain.catalogue.templates import Family
from domain.standards.element_string import GS
from labels.drawing import Drawing, Face, Placed, Words
from labels.output import bitmap, graphic_field
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
from labels.symbols.symbol import Symbology
from labels.text import glyphs

# All parameters of ^BX are given: the escape character that it has without is `_` on some printers
# and `~` on others. `$` is in no marking code, so that nothing in one is taken for it.
ESCAPE = "$"
FNC1 = f"{ESCAPE}1"
START_C_FNC1 = ">;>8"
PAIRS = re.compile("(?:[0-9][0-9])+")
END = "^FS"
HEX = "\\"  # introduces hexadecimal in a text; in no serial either


def label(drawing: Drawing, copies: int = 1, symbol: By = "graphic") -> bytes:
    """The label as a format of its own, printed so many times.

    `graphic` draws the symbols, exactly as they were proven. `firmware` leaves Data Matrix, and
    GS1-128 in pairs of digits, to the printer, whose Data Matrix may be a size larger: leave room
    for that.
    """
    face = drawing.face
    if not all(_is_inside(face, placed) for placed in drawing.placed):
        return _format(_pictures(drawing), copies)
    parts = [_of_face(face, symbol)]
    parts += [_symbol(placed, symbol) for placed in drawing.placed]
    parts += [_words(face, words) for words in drawing.words]
    return _format("".join(parts), copies)


def texts(pattern: Drawing, codes: Sequence[str], family: Family, copies: int = 1) -> bytes:
    """Labels like the pattern, one for each of these codes, the quickest and shortest way.

    The pattern was composed for a code of the same product. The printer encodes the Data Matrix
    and writes all lines of plain letters in its own font; other lines are pictures. Raises
    ValueError for a pattern with another symbol that differs from label to label,
    ContentNotFitting for a code of another product or with other characters.
    """
    found = pattern_of(pattern, family)
    return written(found, _pieces(found, copies), codes, LANGUAGE).encode("ascii")


def _format(fields: str, copies: int) -> bytes:
    return f"^XA{fields}^PQ{copies}^XZ\n".encode("ascii")


@lru_cache(maxsize=bitmap.FACES)
def _of_face(face: Face, by: By) -> str:
    """What is common: one picture, and the symbols that the printer makes."""
    made = [placed for placed in face.placed if _made(placed, by)]
    drawn = tuple(placed for placed in face.placed if placed not in made)
    rest = Face(face.dpi, face.width, face.height, face.font, face.words, face.bars, drawn)
    return _pictures(Drawing(rest)) + "".join(_made(placed, by) for placed in made)


def _pictures(drawing: Drawing) -> str:
    return "".join(
        graphic_field.of_rows(block.left, block.top, block.stride, block.rows)
        for block in blocks(bitmap.packed(drawing))
    )


def _is_inside(face: Face, placed: Placed) -> bool:
    return (
        min(placed.left, placed.top) >= 0
        and placed.left + placed.symbol.columns * placed.module <= face.width
        and placed.top + placed.symbol.lines * placed.line <= face.height
    )


def _words(face: Face, words: Words) -> str:
    """A line as a picture; what of it lies outside of the label is cut."""
    drawn = glyphs.raster(face.font, words.text, words.size)
    left, top = words.left + drawn.left, words.baseline + drawn.top
    if not drawn.rows:
        return ""
    if min(left, top) < 0 or left + drawn.width > face.width or top + drawn.height > face.height:
        alone = Face(face.dpi, face.width, face.height, face.font)
        return _pictures(Drawing(alone, words=(words,)))
    return graphic_field.of_rows(left, top, (drawn.width + 7) // 8, drawn.rows)


def _symbol(placed: Placed, by: By) -> str:
    return _made(placed, by) or graphic_field.of_symbol(*placed)


def _made(placed: Placed, by: By) -> str:
    """The symbol as a task for the printer; nothing if it is to be drawn."""
    symbol, left, top, module, line = placed
    if by == "graphic" or not ENCODABLE.issuperset(symbol.content):
        return ""
    if symbol.symbology is Symbology.DATA_MATRIX:
        return _bx(placed, _data(f"{symbol.content}\n", symbol.identifier).removesuffix("\n"))
    # Pairs of digits alone: how an odd one, or letters, change the subset is not told alike.
    if symbol.symbology is Symbology.GS1_128 and PAIRS.fullmatch(symbol.content):
        data = f"{START_C_FNC1}{symbol.content}"
        return f"^FO{left},{top}^BY{module}^BCN,{line},N,N,N,N^FD{data}{END}"
    return ""


def _bx(placed: Placed, data: str) -> str:
    at = f"^FO{placed.left},{placed.top}"
    return f"{at}^BXN,{placed.module},200,,,6,{ESCAPE},1^FD{data}{END}"


def _data(lines: str, identifier: str) -> str:
    """Codes, each ended by a line feed, with the escapes of ^BX."""
    if identifier != GS1:
        return lines
    return FNC1 + lines.replace(GS, FNC1).replace("\n", f"\n{FNC1}").removesuffix(FNC1)


# Labels by the hundred thousand


def _pieces(pattern: Pattern, copies: int) -> list[str]:
    """A label, with the code and the serial standing at the odd places, by their names."""
    face = pattern.face
    all_words = (*face.words, *pattern.words)
    plain = [words for words in all_words if is_plain(words.text)]
    others = tuple(words for words in all_words if not is_plain(words.text))
    drawn = Face(face.dpi, face.width, face.height, face.font, others, face.bars, face.placed)
    before, after = _bx(pattern.placed, "\n").split("\n")
    pieces = ["".join(["^XA", _pictures(Drawing(drawn)), *map(_text, plain), before]), CODE, after]
    for slot in pattern.slots:
        pieces[-1] += _text(slot.words._replace(text=slot.before)).removesuffix(END)
        pieces += [SERIAL, _hexed(slot.after) + END]
    pieces[-1] += f"^PQ{copies}^XZ\n"
    return pieces


def _text(words: Words) -> str:
    """A line in the printer's scalable font, which is narrower than ours."""
    size = round(words.size)
    at = f"^FT{words.left},{words.baseline}^A0N,{size},{size}"
    return f"{at}^FH{HEX}^FD{_hexed(words.text)}{END}"


def _hexed(text: str) -> str:
    return "".join(f"{HEX}{ord(one):02X}" if one in f"^~{HEX}" else one for one in text)


LANGUAGE = Language(_data, str)  # no serial has a character that ZPL takes for its own
