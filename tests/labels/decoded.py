"""What a reader that knows nothing of the symbol finds in its dots."""

import re

import numpy as np
import zxingcpp


def read(dots: np.ndarray) -> tuple[bytes, str]:
    """The one symbol in these dots: its bytes, and how it introduces itself."""
    found = zxingcpp.read_barcodes(np.ascontiguousarray(dots))
    assert len(found) == 1
    return found[0].bytes, found[0].symbology_identifier


def rasterised(drawing: str, dots: int) -> np.ndarray:
    """A symbol's SVG by its own geometry: the viewBox, and a rectangle for each subpath."""
    width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', drawing).groups())
    light = np.full((height, width), 255, np.uint8)
    for x, y, right, down, left in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-(\d+)z", drawing)[1:]:
        assert right == left
        light[int(y) : int(y) + int(down), int(x) : int(x) + int(right)] = 0
    return light.repeat(dots, 0).repeat(dots, 1)
