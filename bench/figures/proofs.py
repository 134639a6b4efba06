"""What it costs that each symbol is read back before it is given out."""

import itertools
import time
from collections.abc import Callable

from bench.figures.label_files import DPI, FACTS, LAYOUT, PORTION, codes
from bench.measured import Duel, Measured, Side
from bench.stage import Stage
from domain.catalogue.templates import Family
from labels import press
from labels.output import pdf
from labels.output.formats import Format
from labels.text import fonts

ROUNDS = 3
LABELS = 10_000


async def of_a_file(_stage: Stage) -> Measured:
    """Seconds that 10,000 labels take as PDF, proven, over those without a look at any symbol."""
    order = press.Order(LAYOUT, Format.PDF, fonts.find(), DPI)
    runs = [press.Run(FACTS, Family.L44, codes(portion)) for portion in range(LABELS // PORTION)]

    def proven() -> bytes:
        return b"".join(press.printed(runs, order, press.Report()))

    def unproven() -> bytes:
        portions = press.composed(runs, order)
        drawings = itertools.chain.from_iterable(portions)
        return b"".join(pdf.pages(drawings, press.paper(order), order.title))

    if proven() != unproven():
        raise RuntimeError("The two sides write different files.")
    duel = await Duel().fight(ROUNDS, peer=seconds(unproven), ours=seconds(proven))
    return Measured(duel.share, duel.absolutes("seconds"))


def seconds(make: Callable[[], bytes]) -> Side:
    async def made() -> float:
        began = time.perf_counter()
        make()
        return time.perf_counter() - began

    return made
