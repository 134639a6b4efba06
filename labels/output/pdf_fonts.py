"""The fonts of a PDF: text as numbers of glyphs, and at the end what of each font was used."""

import re
from collections.abc import Iterator
from itertools import groupby

from labels.output.pdf_objects import Objects
from labels.text import subset
from labels.text.fonts import Font

IRREGULAR = re.compile(rb"[^!-~]|[#()<>\[\]{}/%]")


class Typeface(dict[str, str]):
    """A font as the file knows it: four hexadecimal digits for each character used so far."""

    def __init__(self, font: Font, number: int) -> None:
        super().__init__()
        self.font = font
        self.number = number

    def __missing__(self, character: str) -> str:
        self[character] = code = f"{self.font.glyph(character):04X}"
        return code


class Typefaces:
    """Every font of a file, each under the number of an object that comes last."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._by_digest: dict[str, Typeface] = {}
        self.numbers: list[int] = []  # in use so far

    def of(self, font: Font) -> Typeface:
        typeface = self._by_digest.get(font.digest)
        if typeface is None:
            self.numbers.append(self._objects.reserve())
            typeface = self._by_digest[font.digest] = Typeface(font, self.numbers[-1])
        return typeface

    def finish(self) -> None:
        """Write the fonts: Identity-H over a CIDFontType2 (ISO 32000-1, 9.7)."""
        for typeface in self._by_digest.values():
            self._write(typeface, subset.embedded(typeface.font, typeface))

    def _write(self, typeface: Typeface, used: subset.Embedded) -> None:
        objects, name = self._objects, _name(used.name)
        descendant, descriptor, program, to_unicode = (objects.reserve() for _ in range(4))
        objects.put(
            typeface.number,
            b"<</Type/Font/Subtype/Type0/BaseFont%b/Encoding/Identity-H"
            b"/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (name, descendant, to_unicode),
        )
        objects.put(
            descendant,
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont%b/CIDSystemInfo"
            b"<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity"
            b"/FontDescriptor %d 0 R/DW %d/W[%b]>>"
            % (name, descriptor, used.default_width, b"".join(_widths(used.widths))),
        )
        objects.put(
            descriptor,
            b"<</Type/FontDescriptor/FontName%b/Flags %d/FontBBox[%d %d %d %d]/ItalicAngle %g"
            b"/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile2 %d 0 R>>"
            % (
                *(name, used.flags, *used.bbox, used.italic_angle),
                *(used.ascent, used.descent, used.cap_height, used.stem_v, program),
            ),
        )
        objects.deflated(program, used.program, b"/Length1 %d" % len(used.program))
        objects.deflated(to_unicode, used.to_unicode)


def _name(name: str) -> bytes:
    """A PDF name, with `#` and two digits for what may not stand in one (ISO 32000-1, 7.3.5)."""
    return b"/" + IRREGULAR.sub(lambda found: b"#%02X" % found[0][0], name.encode())


def _widths(widths: dict[int, int]) -> Iterator[bytes]:
    """Runs of neighbouring glyphs, each as its first number and their widths."""
    for _, run in groupby(enumerate(sorted(widths)), key=lambda found: found[1] - found[0]):
        glyphs = [glyph for _, glyph in run]
        yield b"%d[%b]" % (glyphs[0], b" ".join(b"%d" % widths[glyph] for glyph in glyphs))
