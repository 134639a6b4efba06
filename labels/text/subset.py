"""What a file embeds of the font: the glyphs it uses, under their own numbers."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from labels.text.fonts import Font

THOUSAND = 1000  # glyph space of PDF: a thousandth of an em
TABLES = ("head", "hhea", "maxp", "hmtx", "loca", "glyf")  # ISO 32000-1, 9.9, for CIDFontType2
ENTRIES = 100  # of one block in a CMap, Adobe Technical Note 5014
SYMBOLIC = 1 << 2  # ISO 32000-1, table 123: letters beyond the Latin ones
ITALIC = 1 << 6
FIXED_PITCH = 1 << 0


class Embedded(NamedTuple):
    """A subset ready for a CIDFontType2 with Identity-H: its CIDs are the font's own glyph numbers.

    All measures in thousandths of an em. The same characters give the same bytes, in whatever
    order and however often they come.
    """

    name: str  # with the six letters that tell subsets apart, ISO 32000-1, 9.6.4
    program: bytes
    to_unicode: bytes
    glyphs: dict[str, int]
    widths: dict[int, int]  # by glyph, ascending
    default_width: int
    ascent: int
    descent: int
    cap_height: int
    bbox: tuple[int, int, int, int]
    italic_angle: float
    stem_v: int
    flags: int


def embedded(font: Font, characters: Iterable[str]) -> Embedded:
    """The subset of these characters; those that the font lacks come out as its box."""
    return _embedded(font, "".join(sorted(set(characters))))


@lru_cache(maxsize=16)
def _embedded(font: Font, characters: str) -> Embedded:
    glyphs = {character: font.glyph(character) for character in characters}
    face = TTFont(io.BytesIO(font.data), lazy=True, recalcTimestamp=False, recalcBBoxes=False)
    head, post, strength = face["head"], face["post"], face["OS/2"].usWeightClass
    scale = THOUSAND / font.units
    advances = {glyphs[character]: font.advances[character] for character in characters}
    corners = (head.xMin, head.yMin, head.xMax, head.yMax)
    left, bottom, right, top = (round(corner * scale) for corner in corners)
    return Embedded(
        name=f"{_tag(font, characters)}+{font.name}",
        program=_program(face, glyphs.values()),
        to_unicode=_to_unicode({font.glyph(font.box): font.box} | _read_back(font, characters)),
        glyphs=glyphs,
        widths={glyph: round(advances[glyph] * scale) for glyph in sorted(advances)},
        default_width=round(font.advances[font.box] * scale),
        ascent=round(font.ascent * THOUSAND),
        descent=round(font.descent * THOUSAND),
        cap_height=round(font.cap_height * THOUSAND),
        bbox=(left, bottom, right, top),
        italic_angle=post.italicAngle,
        stem_v=_stem(strength),
        flags=SYMBOLIC
        | (ITALIC if post.italicAngle else 0)
        | (FIXED_PITCH if post.isFixedPitch else 0),
    )


def _program(face: TTFont, glyphs: Iterable[int]) -> bytes:
    """Outlines and widths alone: no hints, no layout, no names; nothing that tells the time."""
    options = Options()
    options.hinting = False
    options.retain_gids = True
    options.glyph_names = False
    options.recalc_timestamp = False
    options.recalc_bounds = False
    for table in set(face.keys()) - set(TABLES) - {"GlyphOrder", "cmap", "post"}:
        del face[table]
    subsetter = Subsetter(options)
    subsetter.populate(gids=sorted(set(glyphs)))
    subsetter.subset(face)
    for table in set(face.keys()) - set(TABLES) - {"GlyphOrder"}:
        del face[table]
    out = io.BytesIO()
    face.save(out, reorderTables=True)
    return out.getvalue()


def _tag(font: Font, characters: str) -> str:
    digest = hashlib.sha256(f"{font.digest} {characters}".encode("utf-8", "surrogatepass")).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])


def _stem(strength: int) -> int:
    """Width of upright stems, which TrueType does not tell, by the weight: about 90 for regular."""
    return 10 + strength // 5


def _read_back(font: Font, characters: str) -> dict[int, str]:
    """What each glyph says; where several characters share one, the first of them."""
    return {font.glyph(each): each for each in reversed(characters) if each in font.glyphs}


def _to_unicode(written: dict[int, str]) -> bytes:
    """From glyphs to text, so that what is printed can be searched: ISO 32000-1, 9.10.3."""
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<0000> <FFFF>",
            "endcodespacerange",
            *_blocks(written),
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    ).encode("ascii")


def _blocks(written: dict[int, str]) -> Iterator[str]:
    entries = sorted(written.items())
    for block in (entries[at : at + ENTRIES] for at in range(0, len(entries), ENTRIES)):
        yield f"{len(block)} beginbfchar"
        for glyph, character in block:
            yield f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>"
        yield "endbfchar"
