"""Photographs of labels as phones make them, drawn from a seed: what is in each is known.

Three severities after what was met in shops and warehouses: `EASY` is a label held into the light,
`MIDDLE` one that is tilted, a little out of focus and moved, `HARD` a small one in poor light.
"""

import base64
import io
import math
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from domain.catalogue.templates import Family
from domain.standards.alphabets import Alphabet
from domain.standards.gs1_keys import check_digit
from labels.symbols import data_matrix, qr
from labels.symbols.symbol import Symbol

SIZE = (1280, 720)
FLAT = 10  # pixels to the module, before the label is put on its table
FINER = 2  # times as many pixels as the photograph has, while it is drawn
GS = chr(29)

Chance = np.random.Generator


class Kind(Enum):
    """A symbol as goods carry it: of the template L44, S with 13 characters, L88, and a link."""

    DATA_MATRIX_36 = 36
    DATA_MATRIX_22 = 22
    DATA_MATRIX_40 = 40
    QR_33 = 33


class Severity(NamedTuple):
    """How far a photograph is from the print; ranges are drawn from evenly."""

    name: str
    module: tuple[float, float]  # pixels, before the tilt
    tilt: float  # degrees at most, about a random axis
    blur: tuple[float, float]  # standard deviation, pixels
    motion: tuple[float, float]  # pixels
    noise: float  # standard deviation, share of white
    ink: float
    paper: float
    light: float  # from the darkest to the brightest corner, share of white
    quality: int  # of the JPEG


EASY = Severity("easy", (5.0, 8.0), 10, (0.4, 0.9), (0, 0), 0.01, 0.10, 0.90, 0.10, 85)
MIDDLE = Severity("middle", (3.5, 6.0), 25, (0.6, 1.2), (0, 2.0), 0.03, 0.20, 0.80, 0.20, 80)
HARD = Severity("hard", (2.6, 4.5), 40, (0.6, 1.2), (0, 2.5), 0.06, 0.30, 0.62, 0.20, 80)
SEVERITIES = (EASY, MIDDLE, HARD)


class Photograph(NamedTuple):
    """A JPEG, and what a reader must find in it."""

    kind: Kind
    severity: Severity
    text: str
    jpeg: bytes


def photographs(severity: Severity, of_each: int, seed: int = 1) -> Iterator[Photograph]:
    """So many photographs of each kind of symbol; the same ones for the same seed."""
    for number in range(of_each):
        for kind in Kind:
            drawn = (seed, SEVERITIES.index(severity), number, kind.value)
            chance = np.random.default_rng(drawn)
            text, symbol = labelled(kind, chance)
            yield Photograph(kind, severity, text, photographed(symbol, severity, chance))


def labelled(kind: Kind, chance: Chance) -> tuple[str, Symbol]:
    """A text, and its symbol, which has the size that the kind is named by."""
    while True:
        text, symbol = LABELS[kind](chance)
        if symbol.columns == kind.value:
            return text, symbol


def of_family(family: Family, tail: str, chance: Chance) -> tuple[str, Symbol]:
    size = {Family.S: 3, Family.L44: 32, Family.L88: 64}[family]
    secret = base64.b64encode(chance.bytes(size)).decode()
    text = f"01{gtin(chance)}21{serial(chance)}{tail}{secret}"
    return text, data_matrix.one(text, family)


def link(chance: Chance) -> tuple[str, Symbol]:
    characters = Alphabet.SET_82.characters.translate({ord(one): None for one in "!\"%&'()*+,/<>?"})
    text = f"https://id.example.org/01/{gtin(chance)}/21/{serial(chance, characters)}"
    return text, qr.one(text)


LABELS = {
    Kind.DATA_MATRIX_36: lambda chance: of_family(Family.L44, f"{GS}91EE05{GS}92", chance),
    Kind.DATA_MATRIX_22: lambda chance: of_family(Family.S, f"{GS}93", chance),
    Kind.DATA_MATRIX_40: lambda chance: of_family(Family.L88, f"{GS}91EE05{GS}92", chance),
    Kind.QR_33: link,
}


def gtin(chance: Chance) -> str:
    digits = f"046{chance.integers(10**10):010}"
    return digits + check_digit(digits)


def serial(chance: Chance, characters: str = Alphabet.SET_82.characters) -> str:
    return "".join(characters[place] for place in chance.integers(len(characters), size=13))


def photographed(symbol: Symbol, severity: Severity, chance: Chance) -> bytes:
    """The label on its table, as the lens, the sensor and the file leave it."""
    scene = table(severity, chance)
    lay(label(symbol, severity, chance), scene, symbol, severity, chance)
    picture = moved(scene.reduce(FINER), chance.uniform(*severity.motion), chance)
    picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(*severity.blur)))
    seen = np.asarray(picture, np.float32) + gradient(severity, chance)
    seen += chance.standard_normal(seen.shape, np.float32) * (255 * severity.noise)
    grey = Image.fromarray(seen.clip(0, 255).round().astype(np.uint8))
    out = io.BytesIO()
    Image.merge("RGB", (grey, grey, grey)).save(out, "JPEG", quality=severity.quality)
    return out.getvalue()


def tone(share: float) -> int:
    return round(255 * share)


def table(severity: Severity, chance: Chance) -> Image.Image:
    """What lies about: boxes, rods and lines of print in every grey."""
    width, height = SIZE[0] * FINER, SIZE[1] * FINER
    scene = Image.new("L", (width, height), tone(chance.uniform(severity.ink, severity.paper)))
    draw = ImageDraw.Draw(scene)
    for _ in range(chance.integers(6, 16)):
        left, top = chance.integers(0, width), chance.integers(0, height)
        right, bottom = left + chance.integers(20, 900), top + chance.integers(20, 500)
        grey = tone(chance.uniform(severity.ink, severity.paper))
        if chance.random() < 0.6:
            draw.rectangle((left, top, right, bottom), fill=grey)
        else:
            draw.line((left, top, right, bottom), fill=grey, width=int(chance.integers(4, 60)))
    for _ in range(chance.integers(1, 5)):
        words(draw, *chance.integers(0, (width, height)), 500, 26, tone(severity.ink), chance)
    return scene


def words(  # noqa: PLR0913, PLR0917 - where, how large, how dark
    draw: ImageDraw.ImageDraw,
    left: int,
    top: int,
    length: int,
    height: int,
    grey: int,
    chance: Chance,
) -> None:
    """Strokes as of a line of print."""
    end = left + length
    while left < end:
        stroke = int(chance.integers(3, height // 2))
        below = top + height // 2 * int(chance.integers(0, 2))
        draw.rectangle((left, below, left + stroke, top + height), fill=grey)
        left += stroke + int(chance.integers(3, height // 2))


def label(symbol: Symbol, severity: Severity, chance: Chance) -> Image.Image:
    """A card with the symbol in its quiet zone in the middle, and print to the right and below."""
    ink, paper = tone(severity.ink), tone(severity.paper)
    quiet = symbol.geometry.quiet_columns + 1
    side = (symbol.columns + 2 * quiet) * FLAT
    card = Image.new("L", (2 * side, round(1.5 * side)), paper)
    dark = np.kron(symbol.dark(), np.ones((FLAT, FLAT), np.uint8))
    card.paste(Image.fromarray(np.where(dark, ink, paper).astype(np.uint8)), (quiet * FLAT,) * 2)
    draw = ImageDraw.Draw(card)
    for line in range(4):
        words(draw, side + 20, 30 + line * side // 4, side - 100, side // 10, ink, chance)
    for line in range(2):
        words(draw, 30, side + 20 + line * side // 5, 2 * side - 120, side // 8, ink, chance)
    return card


def lay(
    card: Image.Image, scene: Image.Image, symbol: Symbol, severity: Severity, chance: Chance
) -> None:
    """Put the card on the table: turned, tilted, the whole symbol within the frame."""
    scale = chance.uniform(*severity.module) * FINER / FLAT
    middle = (symbol.columns / 2 + symbol.geometry.quiet_columns + 1) * FLAT
    reach = symbol.columns * FLAT * scale * 0.8
    centre = [chance.uniform(reach, side * FINER - reach) for side in SIZE]
    there = seen_from(scale, severity.tilt, chance)
    shift = np.array([[1, 0, -middle], [0, 1, -middle], [0, 0, 1]])
    place = np.array([[1, 0, centre[0]], [0, 1, centre[1]], [0, 0, 1]])
    back = np.linalg.inv(place @ there @ shift)
    back /= back[2, 2]
    data = tuple(back.flatten()[:8])
    how = {"method": Image.Transform.PERSPECTIVE, "data": data}
    seen = card.transform(scene.size, resample=Image.Resampling.BICUBIC, **how)
    where = Image.new("L", card.size, 255).transform(scene.size, **how)
    scene.paste(seen, mask=where)


def seen_from(scale: float, tilt: float, chance: Chance) -> np.ndarray:
    """Turned by any angle and leant about a random axis, seen from 150 modules away."""
    turn, lean, about = (
        chance.uniform(0, 2 * math.pi),
        math.radians(chance.uniform(0, tilt)),
        chance.uniform(0, 2 * math.pi),
    )
    away = 150 * FLAT
    flat = turned(about) @ np.diag([math.cos(lean), 1, 1]) @ turned(-about)
    depth = math.sin(lean) / away
    flat[2, :2] = depth * math.cos(about), depth * math.sin(about)
    return np.diag([scale, scale, 1]) @ flat @ turned(turn)


def turned(angle: float) -> np.ndarray:
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def moved(picture: Image.Image, length: float, chance: Chance) -> Image.Image:
    """As a hand that is not still leaves it: the mean of what stood at five places on a line."""
    angle = chance.uniform(0, math.pi)
    step = length / 4 * np.array([math.cos(angle), math.sin(angle)])
    places = [
        picture.transform(
            picture.size,
            Image.Transform.AFFINE,
            (1, 0, number * step[0], 0, 1, number * step[1]),
            Image.Resampling.BILINEAR,
        )
        for number in range(-2, 3)
    ]
    mean = np.mean([np.asarray(place, np.float32) for place in places], axis=0)
    return Image.fromarray(mean.round().astype(np.uint8))


def gradient(severity: Severity, chance: Chance) -> np.ndarray:
    """Light that falls from one side."""
    angle = chance.uniform(0, 2 * math.pi)
    across, down = np.linspace(-0.5, 0.5, SIZE[0]), np.linspace(-0.5, 0.5, SIZE[1])
    fall = across[None, :] * math.cos(angle) + down[:, None] * math.sin(angle)
    return (255 * severity.light * fall).astype(np.float32)
