"""Labels as text for printers, which encode the symbols themselves."""

import random
from base64 import b64encode
from collections.abc import Callable, Sequence

from bench.measured import Duel, Measured
from bench.rows import ALPHABET, GS, GTIN, Clock
from bench.stage import Stage
from domain.catalogue.templates import Family
from labels.drawing import Drawing, Face, Placed, Words
from labels.output import tspl, zpl
from labels.symbols import data_matrix
from labels.text import fonts

ROUNDS = 5
PORTION = 1_000  # as many as the press makes at a time
MANY = 200  # portions
FLOOR = 200_000  # labels a second
NAME = "Footwear, size 42"

Texts = Callable[[Drawing, Sequence[str], Family], bytes]


async def zpl_text(_stage: Stage) -> Measured:
    """ZPL with ^BX, of L88: a name, GTIN and serial in the printer's font."""
    return await _measured(zpl.texts, _plain_zpl)


async def tspl_text(_stage: Stage) -> Measured:
    """TSPL with DMATRIX: the same label."""
    return await _measured(tspl.texts, _plain_tspl)


async def _measured(texts: Texts, plain: Callable[[str], str]) -> Measured:
    """Labels a second over the floor; the plain loop that knows no layout is told beside it."""
    codes = _codes()
    pattern = _pattern(codes[0])

    async def ours() -> float:
        clock = Clock()
        for _ in range(MANY):
            texts(pattern, codes, Family.L88)
        return MANY * PORTION / clock.seconds

    async def peer() -> float:
        clock = Clock()
        for _ in range(MANY):
            "".join([plain(code) for code in codes]).encode("ascii")
        return MANY * PORTION / clock.seconds

    duel = await Duel().fight(ROUNDS, peer=peer, ours=ours)
    absolutes = duel.absolutes("labels_a_second")
    absolutes["bytes_a_label"] = len(texts(pattern, codes, Family.L88)) / PORTION
    return Measured(absolutes["our_labels_a_second"] / FLOOR, absolutes)


def _codes() -> list[str]:
    chance = random.Random(PORTION)

    def secret(size: int) -> str:
        return b64encode(chance.randbytes(size)).decode()

    return [
        f"01{GTIN}21{''.join(chance.choices(ALPHABET, k=13))}{GS}91EE05{GS}92{secret(64)}"
        for _ in range(PORTION)
    ]


def _pattern(code: str) -> Drawing:
    words = (Words(NAME, 200, 40, 26.0), Words(f"(01){GTIN}", 20, 240, 22.0))
    face = Face(203, 464, 320, fonts.find(), words)
    symbol = data_matrix.one(code, Family.L88)
    serial = code[18:31]
    return Drawing(face, (Placed(symbol, 16, 16, 4, 4),), (Words(f"(21){serial}", 20, 270, 22.0),))


def _plain_zpl(code: str) -> str:
    identified, *tail = code.split(GS)
    return (
        f"^XA^FO16,16^BXN,4,200,,,6,$,1^FD$1{identified}$1{'$1'.join(tail)}^FS"
        f"^FT200,40^A0N,26,26^FD{NAME}^FS^FT20,240^A0N,22,22^FD(01){identified[2:16]}^FS"
        f"^FT20,270^A0N,22,22^FD(21){identified[18:]}^FS^PQ1^XZ\n"
    )


def _plain_tspl(code: str) -> str:
    escaped = code.replace('"', "~d034").replace(GS, "~1")
    serial = code[18:31].replace('"', '\\["]')
    return (
        f'CLS\r\nDMATRIX 16,16,176,176,c126,x4,"~1{escaped}"\r\n'
        f'TEXT 200,19,"0",0,9,9,"{NAME}"\r\nTEXT 20,222,"0",0,8,8,"(01){code[2:16]}"\r\n'
        f'TEXT 20,252,"0",0,8,8,"(21){serial}"\r\nPRINT 1,1\r\n'
    )
