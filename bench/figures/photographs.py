"""Photographs of labels: how quickly they are read, and how many; the same ones in every run."""

import io
import statistics
import time
from collections.abc import Callable, Sequence
from functools import cache

import zxingcpp
from PIL import Image

from bench.measured import Duel, Measured
from bench.stage import Stage
from labels import reading
from tests.photographs import EASY, HARD, SEVERITIES, Photograph, Severity, photographs

OF_EACH = 25  # of each kind of symbol: a hundred photographs of each severity
TURN = 10  # photographs that one side reads before the other's turn

Reader = Callable[[bytes], list[str]]


@cache
def taken(severity: Severity) -> Sequence[Photograph]:
    return tuple(photographs(severity, OF_EACH))


def by_defaults(jpeg: bytes) -> list[str]:
    """As the reader's own documentation does it: the picture as it is, in colour, all symbols."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        found = zxingcpp.read_barcodes(picture.convert("RGB"))
    return [symbol.bytes.decode("utf-8", "replace") for symbol in found]


def milliseconds(reader: Reader, pictures: Sequence[Photograph]) -> float:
    """Of the mean photograph, from the bytes of the file to the code."""
    began = time.perf_counter()
    for picture in pictures:
        reader(picture.jpeg)
    return (time.perf_counter() - began) * 1_000 / len(pictures)


def read_of(reader: Reader, pictures: Sequence[Photograph]) -> int:
    return sum(picture.text in reader(picture.jpeg) for picture in pictures)


async def speed(_stage: Stage) -> Measured:
    """From a JPEG's bytes to the code, labels in good light, against the reader's defaults."""
    pictures = taken(EASY)
    turns = [pictures[start : start + TURN] for start in range(0, len(pictures), TURN)]
    for_defaults, for_ours = iter(turns), iter(turns)

    async def defaults() -> float:
        return milliseconds(by_defaults, next(for_defaults))

    async def ours() -> float:
        return milliseconds(reading.read, next(for_ours))

    duel = await Duel().fight(len(turns), peer=defaults, ours=ours)
    return Measured(duel.times_quicker, duel.absolutes("milliseconds"))


async def easy(_stage: Stage) -> Measured:
    """Milliseconds from a JPEG's bytes to the code, labels in good light."""
    pictures = taken(EASY)
    took = [milliseconds(reading.read, [picture]) for picture in pictures]
    return Measured(statistics.mean(took), {"our_slowest_milliseconds": max(took)})


async def hard(_stage: Stage) -> Measured:
    """How many of a hundred photographs in poor light are read."""
    pictures = taken(HARD)
    ours = read_of(reading.read, pictures)
    defaults = read_of(by_defaults, pictures)
    took = [milliseconds(reading.read, [picture]) for picture in pictures]
    absolutes = {
        "our_read": ours,
        "peer_read": defaults,
        "our_median_milliseconds": statistics.median(took),
        "our_slowest_milliseconds": max(took),
    }
    return Measured(ours, absolutes)


async def wrong(_stage: Stage) -> Measured:
    """Texts told that are on no label, over all photographs."""
    pictures = [picture for severity in SEVERITIES for picture in taken(severity)]
    ours = wrong_of(reading.read, pictures)
    absolutes = {
        "photographs": len(pictures),
        "our_read": read_of(reading.read, pictures),
        "peer_wrong": wrong_of(by_defaults, pictures),
    }
    return Measured(ours, absolutes)


def wrong_of(reader: Reader, pictures: Sequence[Photograph]) -> int:
    return sum(text != picture.text for picture in pictures for text in reader(picture.jpeg))
