"""A symbol: modules, packed as every output takes them, and what its kind asks of its place."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

Modules = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class Symbology(StrEnum):
    DATA_MATRIX = "Data Matrix"
    QR = "QR Code"
    GS1_128 = "GS1-128"
    EAN_8 = "EAN-8"
    EAN_13 = "EAN-13"
    ITF_14 = "ITF-14"


class Geometry(NamedTuple):
    """What a symbology asks of its surroundings, in modules and millimetres."""

    quiet_columns: int
    quiet_lines: int
    line_height: int  # modules that one line of the symbol is high, unless the layout says more
    smallest_mm: float
    largest_mm: float


# Data Matrix: ISO/IEC 16022 and the marking rules; QR: ISO/IEC 18004; GS1-128: GS1 logistic
# label guideline, at least 32 mm high at any module it allows. The others are GS1 General
# Specifications, 5.2 and 5.3: EAN from 80 to 200 % of 0.330 mm, as high as their nominal shape,
# and with the wider of their two quiet zones on both sides; ITF-14 with narrow bars of 0.495 to
# 1.016 mm. A column of ITF-14 is half a narrow bar, so that wide ones can be 2.5 times as wide.
GEOMETRY = {
    Symbology.DATA_MATRIX: Geometry(1, 1, 1, 0.255, 0.680),
    Symbology.QR: Geometry(4, 4, 1, 0.255, 0.680),
    Symbology.GS1_128: Geometry(10, 2, 65, 0.495, 0.940),
    Symbology.EAN_8: Geometry(7, 1, 56, 0.264, 0.660),
    Symbology.EAN_13: Geometry(11, 1, 70, 0.264, 0.660),
    Symbology.ITF_14: Geometry(20, 4, 130, 0.2475, 0.508),
}


class Symbol(NamedTuple):
    """The modules of one symbol; `content` is what a reader must give back, byte for byte.

    `rows` holds the lines from the top, each in whole bytes, the leftmost module in the highest
    bit, 1 for dark, no quiet zone. `content` stays out of `repr`: it may hold a verification code.
    """

    symbology: Symbology
    content: str
    identifier: str  # AIM symbology identifier a reader must report
    columns: int
    lines: int
    rows: bytes

    def __repr__(self) -> str:
        return f"Symbol({self.symbology}, {self.columns} x {self.lines})"

    @property
    def geometry(self) -> Geometry:
        return GEOMETRY[self.symbology]

    @property
    def stride(self) -> int:
        return (self.columns + 7) // 8

    def dark(self) -> Modules:
        """The modules as an array of lines by columns, 1 for dark."""
        packed = np.frombuffer(self.rows, np.uint8).reshape(self.lines, self.stride)
        return np.unpackbits(packed, axis=1, count=self.columns)
