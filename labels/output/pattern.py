"""One label as the pattern of many: what stays, and where code and serial stand."""

from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Literal, NamedTuple

from domain.catalogue.templates import Family
from domain.standards.alphabets import Alphabet
from domain.standards.element_string import GS
from labels.drawing import Drawing, Face, Placed, Words
from labels.refusals import ContentNotFitting
from labels.symbols import contents
from labels.symbols.contents import PACK_SERIAL, SERIAL_AT
from labels.symbols.symbol import Symbology

By = Literal["graphic", "firmware"]  # who draws a symbol: we, or the printer

CODE, SERIAL = "code", "serial"  # what varies, by its name in a template
GS1 = "]d2"  # how a reader tells that FNC1 comes first
ENCODABLE = frozenset(Alphabet.SET_82.characters + GS)  # by printers' firmware as by ours
ALLOWED = "".join(ENCODABLE).encode("ascii")


class Slot(NamedTuple):
    """A line that tells the serial, and what stands before and behind it."""

    words: Words
    before: str
    after: str


class Pattern(NamedTuple):
    """A label: `placed` holds the code, `words` are the lines of its own that tell no serial."""

    face: Face
    placed: Placed
    slots: tuple[Slot, ...]
    words: tuple[Words, ...]
    is_gs1: bool
    prefix: str  # of all its codes


def pattern_of(drawing: Drawing, family: Family) -> Pattern:
    """What can vary in this label; ValueError if it varies in what cannot be told as text."""
    if [placed.symbol.symbology for placed in drawing.placed] != [Symbology.DATA_MATRIX]:
        raise ValueError("A label in texts has one symbol of its own, a Data Matrix.")
    placed = drawing.placed[0]
    gtin, serial = contents.identification(placed.symbol.content, family)
    is_gs1 = family is not Family.T29
    words = [line for line in drawing.words if serial not in line.text]
    slots = []
    for line in drawing.words:
        if serial in line.text:
            before, slot = _slot(line, serial, drawing.face)
            words += before
            slots.append(slot)
    prefix = f"01{gtin}21" if is_gs1 else gtin
    return Pattern(drawing.face, placed, tuple(slots), tuple(words), is_gs1, prefix)


def is_plain(text: str) -> bool:
    """Whether every printer's font has these letters."""
    return text.isascii() and text.isprintable()


def _slot(line: Words, serial: str, face: Face) -> tuple[list[Words], Slot]:
    """Where the serial stands: behind its AI if there is one, else as far right as can be.

    What stands before it in other letters becomes a line of its own.
    """
    before, found, after = line.text.partition(f"(21){serial}")
    if found:
        before += "(21)"
    else:
        before, _, after = line.text.rpartition(serial)
    if not is_plain(after):
        raise ValueError("Behind a serial in text stand plain letters.")
    if is_plain(before):
        return [], Slot(line, before, after)
    advanced = round(face.font.width(before) * line.size)
    return [line._replace(text=before)], Slot(line._replace(left=line.left + advanced), "", after)


class Language(NamedTuple):
    """How a printer's language has many codes, or serials, with a line feed after each."""

    codes: Callable[[str, str], str]  # with what a reader must report of their symbols
    serials: Callable[[str], str]


def written(
    pattern: Pattern, pieces: Sequence[str], codes: Sequence[str], language: Language
) -> str:
    """The labels of these codes: `pieces` with what varies at its odd places, by its name."""
    lines = "".join([f"{code}\n" for code in codes])
    if lines.encode(errors="surrogatepass").translate(None, ALLOWED) != b"\n" * len(codes):
        raise ContentNotFitting(Symbology.DATA_MATRIX, "only characters of GS1 set 82 and GS")
    if not all(code.startswith(pattern.prefix) for code in codes):
        reason = "all codes of a run are of the same product"
        raise ContentNotFitting(Symbology.DATA_MATRIX, reason)
    found = {CODE: language.codes(lines, pattern.placed.symbol.identifier).split("\n")}
    if pattern.slots:
        found[SERIAL] = language.serials(_serials(pattern, codes)).split("\n")
    columns = [
        found[piece][:-1] if place % 2 else repeat(piece, len(codes))
        for place, piece in enumerate(pieces)
    ]
    return "".join(chain.from_iterable(zip(*columns, strict=True)))


def _serials(pattern: Pattern, codes: Sequence[str]) -> str:
    if pattern.is_gs1:
        return "".join([f"{code.split(GS, 1)[0][SERIAL_AT:]}\n" for code in codes])
    return "".join([f"{code[PACK_SERIAL]}\n" for code in codes])
