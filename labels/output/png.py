"""A whole label as PNG, dot for dot what the printer puts on paper."""

import struct
import zlib

import numpy as np

from labels.drawing import Drawing
from labels.output import bitmap
from labels.symbols.dots import MILLIMETRES_PER_INCH

SIGNATURE = b"\x89PNG\r\n\x1a\n"
BLACK_AND_WHITE = struct.pack(">5B", 1, 0, 0, 0, 0)  # one bit of grey, no interlacing
METRE = 1
QUICK = 3  # of zlib's levels: a quarter of the usual one's time, a tenth larger


def png(drawing: Drawing) -> bytes:
    """The label in 1 bit a dot, at the resolution of its printer, which the file tells.

    The same label gives the same bytes.
    """
    face = drawing.face
    # Every line begins with its filter: none. Differences from the line above come out larger.
    lines = np.zeros((face.height, 1 + (face.width + 7) // 8), np.uint8)
    np.invert(bitmap.packed(drawing), out=lines[:, 1:])
    per_metre = round(face.dpi * 1000 / MILLIMETRES_PER_INCH)
    return b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">2I", face.width, face.height) + BLACK_AND_WHITE),
            _chunk(b"pHYs", struct.pack(">2IB", per_metre, per_metre, METRE)),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), QUICK)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checked = kind + data
    return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
