"""Symbols as SVG: one path in units of a module, sized in millimetres."""

from collections.abc import Iterator
from itertools import groupby
from xml.sax.saxutils import escape

from labels.symbols.proof import prove
from labels.symbols.symbol import Symbol

PROOF_DOTS = 4  # a vector has no dots: read back as the coarsest usual printer would print it


def svg(symbol: Symbol, *, module_mm: float = 0.5, title: str = "") -> str:
    """The symbol with its quiet zone; read back before it is given out."""
    prove(symbol, PROOF_DOTS)
    geometry = symbol.geometry
    width = symbol.columns + 2 * geometry.quiet_columns
    height = symbol.lines * geometry.line_height + 2 * geometry.quiet_lines
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * module_mm:.5g}mm" '
        f'height="{height * module_mm:.5g}mm" viewBox="0 0 {width} {height}" '
        f'role="img" shape-rendering="crispEdges">'
        f"<title>{escape(_printable(title) or symbol.symbology)}</title>"
        f'<path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path d="{"".join(_runs(symbol))}"/></svg>'
    )


def _runs(symbol: Symbol) -> Iterator[str]:
    """One rectangle for each run of dark modules in a line."""
    geometry = symbol.geometry
    for line, modules in enumerate(symbol.dark()):
        column = geometry.quiet_columns
        top = geometry.quiet_lines + line * geometry.line_height
        for dark, run in groupby(modules.tolist()):
            length = len(list(run))
            if dark:
                yield f"M{column} {top}h{length}v{geometry.line_height}h-{length}z"
            column += length


def _printable(text: str) -> str:
    """XML has no way to write control characters or lone surrogates, so they are left out."""
    return "".join(character for character in text if character.isprintable())
