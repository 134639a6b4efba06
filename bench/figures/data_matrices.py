"""Data Matrix symbols of marking codes, as packed modules.

Codes are those of one product, their serials out of all 82 characters. The peers get the bracketed
text that they ask for ready made and check nothing; we take codes as they are, and check each.
"""

import base64
import itertools
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import zint
import zxingcpp
from rich.console import Console

from bench.measured import Duel, Measured, Side
from bench.rows import ALPHABET, GS, GTIN, KEY_ID
from bench.stage import Stage
from domain.catalogue.templates import Family
from domain.standards import element_string
from labels.symbols import data_matrix

ROUNDS = 5
OURS, OURS_SINGLY = 10_240, 1_500
OF_THE_READER, OF_ZINT, OF_PROCESSES = 1_000, 2_000, 40
SIZED = 400  # of each template
SECRETS = {Family.S: 3, Family.L44: 32, Family.L88: 64}  # bytes of the verification code
# What is printed by family: the lengths of serials, and AIs before the verification code.
TEMPLATES = (
    *((Family.S, length, "") for length in (6, 7, 13, 20)),
    (Family.S, 7, f"{GS}8005090000"),
    *((Family.L44, length, "") for length in (6, 13, 20)),
    (Family.L88, 13, ""),
    (Family.L88, 13, f"{GS}2406403"),
)


async def reader(_stage: Stage) -> Measured:
    """A batch of L44, against the encoder that comes with the reader."""
    return await batch(Family.L44, by_the_reader, OF_THE_READER)


async def planned(_stage: Stage) -> Measured:
    """A batch of L88, whose symbols are planned, against the same."""
    return await batch(Family.L88, by_the_reader, OF_THE_READER // 2)


async def zint_bindings(_stage: Stage) -> Measured:
    """A batch of L44, against zint with one object for all."""
    return await batch(Family.L44, Zint().modules, OF_ZINT)


async def zint_command(_stage: Stage) -> Measured:
    """A batch of L44, against the zint command, a process for each code."""
    command = shutil.which("zint")
    if command is None:
        Console(stderr=True).print(
            "[bold red]label-data-matrix-zint-command is NOT MEASURED: there is no zint here. "
            "Install the Debian package: apt-get install zint[/]"
        )
        return Measured(0, {"zint_is_missing": 1})

    def process(text: str) -> bytes:
        return subprocess.run(  # noqa: S603 - the program that is measured
            [command, "--barcode=DATAMATRIX", "--gs1", "--square", "--dump", f"--data={text}"],
            capture_output=True,
            check=True,
        ).stdout

    return await batch(Family.L44, process, OF_PROCESSES)


async def single(_stage: Stage) -> Measured:
    """One after the other, without numpy, L44, against the reader's encoder.

    L88, which is planned where the reader's encoder is content with a larger symbol, is told.
    """
    found = {}
    for family in (Family.L88, Family.L44):
        wanted = codes(family, OURS_SINGLY)
        texts = list(map(bracketed, wanted[: OF_THE_READER // 2]))
        data_matrix.one(wanted[0], family)

        def ours(wanted: Sequence[str] = wanted, family: Family = family) -> None:
            for code in wanted:
                data_matrix.one(code, family)

        def peer(texts: Sequence[str] = texts) -> None:
            for text in texts:
                by_the_reader(text)

        found[family] = await Duel().fight(
            ROUNDS, peer=rate(peer, len(texts)), ours=rate(ours, len(wanted))
        )
    told = {f"l88_{name}": n for name, n in found[Family.L88].absolutes("a_second").items()}
    return Measured(found[Family.L44].share, found[Family.L44].absolutes("a_second") | told)


async def sizes(_stage: Stage) -> Measured:
    """How many of the symbols of all templates are larger than zint's; the smaller ones are told."""
    larger, smaller, count = against_zints()
    return Measured(larger, {"symbols": count, "smaller_than_zints": smaller})


async def smaller(_stage: Stage) -> Measured:
    """How many of them are smaller."""
    _, found, count = against_zints()
    return Measured(found, {"symbols": count})


@cache
def against_zints() -> tuple[int, int, int]:
    """Symbols that are larger than zint's, those that are smaller, and how many were made."""
    peer = Zint()
    larger = smaller = count = 0
    for family, length, before in TEMPLATES:
        for symbol in data_matrix.many(codes(family, SIZED, length, before), family):
            theirs = peer.side(bracketed(symbol.content))
            larger += symbol.columns > theirs
            smaller += symbol.columns < theirs
            count += 1
    return larger, smaller, count


async def batch(family: Family, peer: Callable[[str], object], count: int) -> Measured:
    """Symbols a second over the peer's."""
    wanted = codes(family, OURS)
    texts = [bracketed(code) for code in itertools.islice(wanted, count)]
    data_matrix.many(wanted[:100], family)  # makes the tables, once in the life of a process
    duel = await Duel().fight(
        ROUNDS,
        peer=rate(lambda: [peer(text) for text in texts], count),
        ours=rate(lambda: data_matrix.many(wanted, family), OURS),
    )
    return Measured(duel.share, duel.absolutes("symbols_a_second"))


def rate(make: Callable[[], object], count: int) -> Side:
    async def run() -> float:
        began = time.perf_counter()
        make()
        return count / (time.perf_counter() - began)

    return run


def codes(family: Family, count: int, length: int = 13, before: str = "") -> list[str]:
    """Drawn at random, always the same ones."""
    chance = random.Random(0)
    tail = f"{GS}93" if family is Family.S else f"{GS}91{KEY_ID}{GS}92"
    found = []
    for _ in range(count):
        serial = "".join(chance.choices(ALPHABET, k=length))
        secret = base64.b64encode(chance.randbytes(SECRETS[family])).decode()
        found.append(f"01{GTIN}21{serial}{before}{tail}{secret}")
    return found


def bracketed(code: str) -> str:
    return "".join(f"[{ai}]{value}" for ai, value in element_string.parse(code))


def by_the_reader(text: str) -> bytes:
    code = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True
    )
    image = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return np.packbits(image == 0, axis=1).tobytes()


class Zint:
    """Square symbols in GS1 form by one object, which is quicker than one for each."""

    def __init__(self) -> None:
        self.symbol = zint.Symbol()
        self.symbol.symbology = zint.Symbology.DATAMATRIX
        self.symbol.input_mode = zint.InputMode.GS1
        self.symbol.option_3 = zint.DataMatrixOptions.SQUARE

    def modules(self, text: str) -> memoryview:
        self.symbol.clear()
        self.symbol.encode(text)
        return self.symbol.encoded_data

    def side(self, text: str) -> int:
        self.modules(text)
        return int(self.symbol.width)
