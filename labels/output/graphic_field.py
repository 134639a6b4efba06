"""^GF, dots as ZPL takes them: hexadecimal, with runs and repeated lines told shorter.

ZPL II Programming Guide, ^GF and "Alternative Data Compression Scheme". Not Z64, which is denser:
another zlib makes other bytes of the same dots, and a reprint must be the same.
"""

import re
from functools import lru_cache
from itertools import product

from labels.symbols.symbol import Symbol

RUN = re.compile(r"([0-9A-F])\1{2,}")
ONES = " GHIJKLMNOPQRSTUVWXY"  # a run of so many digits, 1 to 19
TWENTIES = " ghijklmnopqrstuvwxyz"  # and 20 to 400
LONGEST_RUN = 400


def of_rows(left: int, top: int, stride: int, rows: bytes) -> str:
    """A picture whose lines are so many bytes; 1 is black and 0 leaves what is below."""
    digits = rows.hex().upper()
    lines = [digits[at : at + 2 * stride] for at in range(0, len(digits), 2 * stride)]
    return _field(left, top, stride, lines, 1)


def of_symbol(symbol: Symbol, left: int, top: int, module: int, line: int) -> str:
    """A symbol whose modules are so many dots wide and whose lines are so many dots high."""
    wide = _widened(module)
    stride = (symbol.columns * module + 7) // 8
    lines = [
        "".join(map(wide.__getitem__, symbol.rows[at : at + symbol.stride]))[: 2 * stride]
        for at in range(0, len(symbol.rows), symbol.stride)
    ]
    return _field(left, top, stride, lines, line)


def _field(left: int, top: int, stride: int, lines: list[str], times: int) -> str:
    """Each line of digits so many times."""
    total = stride * len(lines) * times
    above = [None, *lines]
    repeated = ":" * (times - 1)
    data = "".join(
        (":" if line == before else _short(line)) + repeated
        for before, line in zip(above, lines, strict=False)
    )
    return f"^FO{left},{top}^GFA,{total},{total},{stride},{data}^FS"


def _short(line: str) -> str:
    """The line with a letter for each run, and a comma for the white that it ends with."""
    inked = line.rstrip("0")
    inked += "0" * (len(inked) % 2)
    return RUN.sub(_found, inked) + ("," if len(inked) < len(line) else "")


def _found(run: re.Match[str]) -> str:
    return _run(run[0])


@lru_cache(maxsize=4096)
def _run(digits: str) -> str:
    """One digit many times: the letters of its number, 20 and more first, and the digit."""
    whole, rest = divmod(len(digits), LONGEST_RUN)
    twenties, ones = divmod(rest, len(ONES))
    last = (TWENTIES[twenties] + ONES[ones] + digits[0]).replace(" ", "") if rest else ""
    return (TWENTIES[-1] + digits[0]) * whole + last


@lru_cache(maxsize=32)
def _widened(module: int) -> tuple[str, ...]:
    """For each byte of eight modules, their dots in hexadecimal."""
    return tuple(
        f"{int(''.join(bit * module for bit in bits), 2):0{2 * module}X}"
        for bits in product("01", repeat=8)
    )
