"""One symbol as a picture: PNG at a printer's resolution."""

import io

from PIL import Image

from labels.symbols.dots import bitmap, nearest_dots
from labels.symbols.proof import prove
from labels.symbols.symbol import Symbol


def png(symbol: Symbol, *, dpi: int = 300, module_mm: float = 0.5) -> bytes:
    """The symbol with its quiet zone as a 1-bit PNG that knows its resolution; read back first."""
    dots = nearest_dots(symbol.geometry, dpi, module_mm)
    prove(symbol, dots)
    out = io.BytesIO()
    Image.fromarray(bitmap(symbol, dots)).convert("1").save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()
