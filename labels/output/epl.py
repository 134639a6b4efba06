"""EPL2, for the small Zebra (Eltron) printers that still speak it: a picture of the whole label.

EPL Programming Guide: N, GW, P. Its Data Matrix knows no FNC1, so nothing is left to the printer.
Each label is whole in itself; size, gap and density are the printer's settings and stay as they
are.
"""

from labels.drawing import Drawing
from labels.output import bitmap
from labels.output.blocks import blocks

WHITE = bytes(range(255, -1, -1))  # in a picture, 1 is white


def label(drawing: Drawing, copies: int = 1) -> bytes:
    """The label, printed so many times."""
    # The line end before the first command ends whatever the printer was told by half.
    parts = [b"\r\nN\r\n"]
    for block in blocks(bitmap.packed(drawing)):
        at = f"GW{block.left},{block.top},{block.stride},{block.lines},".encode("ascii")
        parts += [at, block.rows.translate(WHITE), b"\r\n"]
    parts.append(b"P%d\r\n" % copies)
    return b"".join(parts)
