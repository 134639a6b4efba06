"""The font of the labels: found, checked for the letters of all five states, and text made fit."""

import importlib.util
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, count
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from labels.refusals import FontUnusable

NAMES = ("DejaVuSansCondensed.ttf", "DejaVuSans.ttf")
PLACES = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / "Library/Fonts",
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
WHEEL = ("ziafont", "fonts/DejaVuSans.ttf")  # a small wheel that carries the font

# Russian, Belarusian, Kazakh, Kyrgyz; Armenian; what product names are punctuated with.
CYRILLIC = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЎӘҒҚҢӨҰҮҺ"
ARMENIAN = "".join(chr(code) for code in range(0x531, 0x557))
PUNCTUATION = (
    "«»„“”…—№°½²³®™՛՜՞\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{EN DASH}\N{MULTIPLICATION SIGN}\N{ARMENIAN COMMA}\N{ARMENIAN FULL STOP}"
)
REPERTOIRE = frozenset(
    "".join(chr(code) for code in range(0x20, 0x7F))
    + CYRILLIC
    + CYRILLIC.lower()
    + ARMENIAN
    + ARMENIAN.lower()
    + "և"
    + PUNCTUATION
)

LONGEST_TEXT = 400  # more than any label holds; what lies beyond is cut before any work is done
REPLACEMENT = "□"  # for characters the font has not, and for scripts written from the right
SUBSTITUTES = {
    "\N{ARMENIAN DRAM SIGN}": "դր.",
    "\N{NON-BREAKING HYPHEN}": "-",
}
DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})


@dataclass(frozen=True, slots=True)
class Font:
    """A TrueType font known to the PDF writer under `name`."""

    name: str
    path: Path
    glyphs: frozenset[int] = field(compare=False, repr=False)

    def width(self, text: str) -> float:
        """Width at a size of 1, so that widths at every size follow."""
        return float(pdfmetrics.stringWidth(text, self.name, 1))

    def fit_to_write(self, text: str) -> str:
        """The text in one line and in characters that the font has.

        Control and formatting characters vanish, marks of direction among them; letters without
        a glyph, and those of scripts written from the right, become a box.
        """
        composed = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
        return " ".join("".join(self._written(composed)).split())

    def _written(self, text: str) -> Iterator[str]:
        marks = 0
        for character in text:
            kind = unicodedata.category(character)
            marks = marks + 1 if kind == "Mn" else 0
            if character.isspace():
                yield " "
            elif kind in DROPPED or marks > 1:
                continue
            elif character in SUBSTITUTES:
                yield SUBSTITUTES[character]
            elif self._writes(character):
                yield character
            elif kind != "Mn":
                yield REPLACEMENT if self._writes(REPLACEMENT) else "?"

    def _writes(self, character: str) -> bool:
        from_the_right = unicodedata.bidirectional(character) in FROM_THE_RIGHT
        return ord(character) in self.glyphs and not from_the_right


def find(configured: Path | None = None, places: tuple[Path, ...] = PLACES) -> Font:
    """The configured font, else the system's DejaVu Sans, else the one that a wheel carries."""
    path = configured or _found(places)
    if path is None:
        looked = ", ".join(map(str, places))
        raise FontUnusable(f"DejaVu Sans is neither in {looked} nor in the package {WHEEL[0]}.")
    return load(path)


@lru_cache(maxsize=8)
def load(path: Path) -> Font:
    """Read a font file and register it with the PDF writer."""
    name = f"tamga-{next(_numbers)}"
    try:
        face = TTFont(name, str(path))
    except (TTFError, OSError) as failed:
        raise FontUnusable(f"{path} cannot be read as a TrueType font: {failed}") from failed
    glyphs = frozenset(code for code, glyph in face.face.charToGlyph.items() if glyph)
    missing = sorted(letter for letter in REPERTOIRE if ord(letter) not in glyphs)
    if missing:
        raise FontUnusable(f"{path} has no letters {''.join(missing[:60])}")
    pdfmetrics.registerFont(face)
    return Font(name, path, glyphs)


_numbers = count(1)


@lru_cache(maxsize=8)
def _found(places: tuple[Path, ...]) -> Path | None:
    installed = (path for name in NAMES for place in places for path in sorted(place.rglob(name)))
    return next(chain(installed, from_wheel()), None)


def from_wheel() -> list[Path]:
    """The font in the wheel that carries it, which is looked into without being imported."""
    package, inside = WHEEL
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    return [path for folder in folders if (path := Path(folder) / inside).is_file()]
