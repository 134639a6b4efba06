"""The font of the labels: found, read, and checked for the letters of all five states."""

import hashlib
import importlib.util
import io
import re
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path

from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont, TTLibError

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
BOXES = ("□", "?")  # for characters the font has not, and for scripts written from the right
SUBSTITUTES = {
    "\N{ARMENIAN DRAM SIGN}": "դր.",
    "\N{NON-BREAKING HYPHEN}": "-",
}
DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
FROM_THE_RIGHT = frozenset({"R", "AL", "AN"})

MUST_NOT_EMBED = 0x0002 | 0x0100 | 0x0200  # OpenType, OS/2, fsType: restricted, whole, bitmaps only
# What fontTools raises for files that are no fonts, or broken ones.
UNREADABLE = (
    OSError,
    TTLibError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
)


class PerCharacter(dict[str, int]):
    """A figure for each character; one the font lacks has the box's, so `.notdef` is never drawn."""

    def __init__(self, figures: dict[str, int], box: str) -> None:
        super().__init__(figures)
        self.box = figures[box]

    def __missing__(self, character: str) -> int:
        return self.box


@dataclass(frozen=True, eq=False, slots=True)
class Font:
    """A TrueType font. Measures are in em: of a size of 1, from which all others follow.

    What is given to `width` and `glyph` should have gone through `fit_to_write`: a character that
    the font lacks counts as its box.
    """

    path: Path
    name: str  # PostScript name
    digest: str  # SHA-256 of the file
    data: bytes = field(repr=False)
    units: int  # to the em
    ascent: float
    descent: float  # below the baseline, hence negative
    cap_height: float
    box: str  # stands for what the font cannot write
    glyphs: PerCharacter = field(repr=False)
    advances: PerCharacter = field(repr=False)  # in units

    def width(self, text: str) -> float:
        return sum(map(self.advances.__getitem__, text)) / self.units

    def glyph(self, character: str) -> int:
        """The number of the glyph in this font; in its subsets as well."""
        return self.glyphs[character]

    def writes(self, character: str) -> bool:
        from_the_right = unicodedata.bidirectional(character) in FROM_THE_RIGHT
        return character in self.glyphs and not from_the_right

    def fit_to_write(self, text: str) -> str:
        """The text in one line and in characters that the font has.

        Control and formatting characters vanish, marks of direction among them; letters without
        a glyph, and those of scripts written from the right, become a box.
        """
        composed = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
        return " ".join("".join(self._written(composed)).split())

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters that would become a box, each once, in the order of the text."""
        composed = unicodedata.normalize("NFC", text)
        return tuple(dict.fromkeys(character for character in composed if self._lacks(character)))

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
            elif self.writes(character):
                yield character
            elif kind != "Mn":
                yield self.box

    def _lacks(self, character: str) -> bool:
        kind = unicodedata.category(character)
        if character.isspace() or kind in DROPPED or character in SUBSTITUTES:
            return False
        return not self.writes(character)


def find(configured: Path | None = None, places: tuple[Path, ...] = PLACES) -> Font:
    """The configured font, else the system's DejaVu Sans, else the one that a wheel carries."""
    path = configured or _found(places)
    if path is None:
        looked = ", ".join(map(str, places))
        raise FontUnusable(f"DejaVu Sans is neither in {looked} nor in the package {WHEEL[0]}.")
    return load(path)


@lru_cache(maxsize=8)
def load(path: Path) -> Font:
    """Read a font file, once."""
    try:
        data = path.read_bytes()
        font = _read(path, data)
    except UNREADABLE as failed:
        raise FontUnusable(f"{path} cannot be read as a TrueType font: {failed}") from failed
    missing = sorted(REPERTOIRE - font.glyphs.keys())
    if missing:
        raise FontUnusable(f"{path} has no letters {''.join(missing[:60])}")
    return font


def _read(path: Path, data: bytes) -> Font:
    face = TTFont(io.BytesIO(data), lazy=True)
    if "glyf" not in face:
        raise TTLibError("its outlines are not TrueType's")
    if face["OS/2"].fsType & MUST_NOT_EMBED:
        raise TTLibError("it forbids to be embedded in part")
    named = {chr(code): name for code, name in (face.getBestCmap() or {}).items()}
    glyphs = {letter: face.getGlyphID(name) for letter, name in named.items()}
    glyphs = {letter: glyph for letter, glyph in glyphs.items() if glyph}
    advances = {letter: face["hmtx"][named[letter]][0] for letter in glyphs}
    units = face["head"].unitsPerEm
    box = next((box for box in BOXES if box in glyphs), "")
    if not box:
        raise TTLibError(f"it has none of {' '.join(BOXES)}")
    return Font(
        path=path,
        name=_name(face["name"].getDebugName(6) or path.stem),
        digest=hashlib.sha256(data).hexdigest(),
        data=data,
        units=units,
        ascent=face["hhea"].ascent / units,
        descent=face["hhea"].descent / units,
        cap_height=_cap_height(face, named["H"]) / units,
        box=box,
        glyphs=PerCharacter(glyphs, box),
        advances=PerCharacter(advances, box),
    )


def _name(told: str) -> str:
    """In letters that every file format takes as they are."""
    return "".join(letter for letter in told if re.match(r"[A-Za-z0-9_-]", letter)) or "Font"


def _cap_height(face: TTFont, capital: str) -> float:
    """As drawn: older fonts do not tell it, and newer ones not always rightly."""
    glyphs = face.getGlyphSet()
    pen = BoundsPen(glyphs)
    glyphs[capital].draw(pen)
    return float(pen.bounds[3]) if pen.bounds else 0.0


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
