"""One symbol as a picture: its dots, and PNG at a printer's resolution."""

import io

import numpy as np
from PIL import Image

from labels.symbols.dots import MILLIMETRES_PER_INCH, bitmaps, module_dots
from labels.symbols.proof import prove
from labels.symbols.symbol import Symbol


def bitmap(symbol: Symbol, dots: int) -> np.ndarray:
    """The symbol with its quiet zone, a byte a dot: 0 for black, 255 for white."""
    return bitmaps([symbol], dots, dots * symbol.geometry.line_height)[0]


def png(symbol: Symbol, *, dpi: int = 300, module_mm: float = 0.5) -> bytes:
    """The symbol as a 1-bit PNG that knows its resolution; read back first."""
    wanted = module_mm * dpi / MILLIMETRES_PER_INCH
    dots = min(module_dots(symbol.geometry, dpi), key=lambda count: abs(count - wanted))
    prove(symbol, dots)
    out = io.BytesIO()
    Image.fromarray(bitmap(symbol, dots)).convert("1").save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
