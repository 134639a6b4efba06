"""Whole labels as PNG, 58 x 40 mm at 203 dpi, symbols of L44, against Pillow.

Both sides get the same composed drawings, made within the time, and both draw what all labels
share once.
"""

import io
import time
from collections.abc import Callable
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from bench.figures.label_files import drawings
from bench.measured import Duel, Measured
from bench.stage import Stage
from labels.drawing import Drawing, Face, Words
from labels.output.png import QUICK, png

ROUNDS = 5
LABELS = 2_000
WHITE, BLACK = 1, 0


async def whole_png(_stage: Stage) -> Measured:
    """Labels a second; the peer pastes the symbol and writes each text with its own type."""

    async def ours() -> float:
        return rate(png)

    async def peer() -> float:
        return rate(pillow)

    duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    return Measured(duel.share, duel.absolutes("labels_a_second"))


def rate(write: Callable[[Drawing], bytes]) -> float:
    began = time.perf_counter()
    for drawing in drawings(LABELS):
        write(drawing)
    return LABELS / (time.perf_counter() - began)


def pillow(drawing: Drawing) -> bytes:
    picture = common(drawing.face).copy()
    canvas = ImageDraw.Draw(picture)
    for placed in drawing.placed:
        symbol = placed.symbol
        small = Image.frombytes("1", (symbol.columns, symbol.lines), symbol.rows, "raw", "1;I")
        large = small.resize((symbol.columns * placed.module, symbol.lines * placed.line), 0)
        picture.paste(large, (placed.left, placed.top))
    for words in drawing.words:
        write(canvas, drawing.face, words)
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(drawing.face.dpi,) * 2, compress_level=QUICK)
    return out.getvalue()


@lru_cache(maxsize=8)
def common(face: Face) -> Image.Image:
    picture = Image.new("1", (face.width, face.height), WHITE)
    canvas = ImageDraw.Draw(picture)
    for words in face.words:
        write(canvas, face, words)
    for bar in face.bars:
        right, bottom = bar.left + bar.width - 1, bar.top + bar.height - 1
        canvas.rectangle((bar.left, bar.top, right, bottom), BLACK)
    return picture


def write(canvas: ImageDraw.ImageDraw, face: Face, words: Words) -> None:
    font = typeface(str(face.font.path), words.size)
    canvas.text((words.left, words.baseline), words.text, BLACK, font, anchor="ls")


@lru_cache(maxsize=64)
def typeface(path: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
