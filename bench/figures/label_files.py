"""Labels as PDF files, 58 x 40 mm at 203 dpi, symbols of L44, against what others write.

Both sides get the same composed drawings with the same encoder's symbols, made within the time, and
both write what all labels share once.
"""

import asyncio
import base64
import io
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from PIL import Image
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bench.measured import Duel, Measured, Side
from bench.rows import ALPHABET, GS, GTIN
from bench.stage import Stage
from domain.catalogue.templates import Family
from domain.prints.told import Facts
from labels.drawing import Drawing, Placed, Words
from labels.layouts import ready
from labels.layouts.composing import Composer
from labels.output import pdf
from labels.output.paper import Paper
from labels.text import fonts

ROUNDS = 3
OURS, VECTORS, IMAGES = 10_000, 300, 10_000  # labels of one file
PORTION, REPEATS = 1_000, 10  # labels composed at once; portions after which codes come again
MANY = 100_000
MEGABYTE = 1_000_000
LAYOUT = ready.named("roll-58x40")
DPI = 203
DOT = 72 / DPI
FACTS = Facts("Кроссовки мужские чёрные «Ұлытау», размер 42½, натуральная кожа", GTIN)
PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
FORGET_PEAK = "5"  # proc(5): the peak is now what is held at this moment

Mark = Callable[[Canvas, Placed, float], None]


async def vectors(_stage: Stage) -> Measured:
    """Labels a second; the peer fills one path of rectangles, one for each dark module."""
    return await rates(rectangles, VECTORS)


async def images(_stage: Stage) -> Measured:
    """Labels a second; the peer draws each symbol as a 1-bit image in the page."""
    return await rates(inline_image, IMAGES)


async def size_to_vectors(_stage: Stage) -> Measured:
    """Bytes a label; the peer's rectangles are compressed, which makes them an eighth."""
    return sizes(len(theirs(VECTORS, rectangles, compressed=True)) / VECTORS)


async def size_to_images(_stage: Stage) -> Measured:
    return sizes(len(theirs(IMAGES, inline_image, compressed=True)) / IMAGES)


def sizes(theirs: float) -> Measured:
    ours = len(own(OURS)) / OURS
    return Measured(ours / theirs, {"our_bytes_a_label": ours, "peer_bytes_a_label": theirs})


async def memory(_stage: Stage) -> Measured:
    """Megabytes that the process grows by from a file of 1,000 labels to one of 100,000, both streamed."""
    grown, seconds, written = await streamed_alone()
    return Measured(grown, {"seconds": seconds, "file_megabytes": written})


async def seconds(_stage: Stage) -> Measured:
    """Seconds that the file of 100,000 labels takes, encoding and composing included."""
    _, took, written = await streamed_alone()
    return Measured(took, {"file_megabytes": written})


async def streamed_alone() -> tuple[float, float, float]:
    """Megabytes grown, seconds, and megabytes written, of a process that does nothing else."""
    alone = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.figures.label_files"),
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await alone.communicate()
    grown, took, written = map(float, told.split())
    return grown, took, written


async def rates(mark: Mark, count: int) -> Measured:
    def side(make: Callable[[], bytes], labels: int) -> Side:
        async def made() -> float:
            began = time.perf_counter()
            make()
            return labels / (time.perf_counter() - began)

        return made

    peer = side(lambda: theirs(count, mark, compressed=False), count)
    duel = await Duel().fight(ROUNDS, peer=peer, ours=side(lambda: own(OURS), OURS))
    return Measured(duel.share, duel.absolutes("labels_a_second"))


def own(count: int) -> bytes:
    return b"".join(pdf.pages(drawings(count), paper(), "Labels"))


def paper() -> Paper:
    return Paper(DPI, *LAYOUT.page_dots(DPI), ((0, 0),))


def drawings(count: int) -> Iterator[Drawing]:
    """Labels composed by the thousand, as the press does."""
    composer = Composer(LAYOUT, DPI, fonts.find())
    for first in range(0, count, PORTION):
        portion = codes(first // PORTION % REPEATS)[: count - first]
        yield from composer.units(FACTS, Family.L44, portion)


@cache
def codes(portion: int) -> list[str]:
    """Marking codes drawn at random, always the same ones; drawing them is on nobody's time."""
    chance = random.Random(portion)
    return [
        f"01{GTIN}21{''.join(chance.choices(ALPHABET, k=13))}"
        f"{GS}91EE05{GS}92{base64.b64encode(chance.randbytes(32)).decode()}"
        for _ in range(PORTION)
    ]


def theirs(count: int, mark: Mark, *, compressed: bool) -> bytes:
    """The same labels by reportlab; without compression it is quicker, and its files larger."""
    rl_config.useA85 = int(mark is inline_image)  # which fails with bytes that are no text
    out, (width, height) = io.BytesIO(), LAYOUT.page_dots(DPI)
    size = width * DOT, height * DOT
    canvas = Canvas(out, pagesize=size, pageCompression=int(compressed), invariant=1)
    name = fonts.find().name
    pdfmetrics.registerFont(TTFont(name, str(fonts.find().path)))
    for place, drawing in enumerate(drawings(count)):
        if place == 0:
            canvas.beginForm("face")
            for words in drawing.face.words:
                write(canvas, name, words, size[1])
            canvas.endForm()
        canvas.doForm("face")
        for words in drawing.words:
            write(canvas, name, words, size[1])
        for placed in drawing.placed:
            mark(canvas, placed, size[1])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def write(canvas: Canvas, font: str, words: Words, height: float) -> None:
    canvas.setFont(font, words.size * DOT)
    canvas.drawString(words.left * DOT, height - words.baseline * DOT, words.text)


def rectangles(canvas: Canvas, placed: Placed, height: float) -> None:
    module = placed.module * DOT
    left, top = placed.left * DOT, height - placed.top * DOT - module
    path = canvas.beginPath()
    for line, row in enumerate(placed.symbol.dark().tolist()):
        y = top - line * module
        for column, dark in enumerate(row):
            if dark:
                path.rect(left + column * module, y, module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def inline_image(canvas: Canvas, placed: Placed, height: float) -> None:
    symbol = placed.symbol
    image = Image.frombytes("1", (symbol.columns, symbol.lines), symbol.rows, "raw", "1;I")
    sides = symbol.columns * placed.module * DOT, symbol.lines * placed.module * DOT
    top = height - placed.top * DOT - sides[1]
    canvas.drawInlineImage(image, placed.left * DOT, top, *sides)


def main() -> None:
    """Write many labels to nowhere; tell the megabytes grown, the seconds and the megabytes made."""
    for portion in range(REPEATS):
        codes(portion)
    streamed(PORTION)  # tables of the encoder and the font are kept by now
    Path("/proc/self/clear_refs").write_text(FORGET_PEAK, encoding="ascii")
    before, began = peak(), time.perf_counter()
    written = streamed(MANY)
    seconds = time.perf_counter() - began
    print((peak() - before) / MEGABYTE, seconds, written / MEGABYTE)


def streamed(count: int) -> int:
    """The bytes of a file that nobody keeps."""
    return sum(map(len, pdf.pages(drawings(count), paper(), "Labels")))


def peak() -> int:
    """The most bytes that this process held since its peak was forgotten."""
    found = PEAK.search(Path("/proc/self/status").read_text(encoding="ascii"))
    if found is None:
        sys.exit("This system does not tell how much memory a process took at most.")
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
