"""`python -m bench [ids]`: measure these figures, or all; print a table, write results.json."""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from bench.report import Line, show, write
from bench.stage import PEER, Stage, standing
from bench.table import FIGURES, Figure

WIDTH = 160  # where nobody says how wide it may be


def chosen(ids: Sequence[str]) -> list[Figure]:
    """The figures with these ids; all if none is named."""
    known = {figure.id: figure for figure in FIGURES}
    unknown = sorted(set(ids) - known.keys())
    if unknown:
        sys.exit(f"No such figure: {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [figure for figure in FIGURES if not ids or figure.id in ids]


async def measure(stage: Stage, figures: Sequence[Figure], console: Console) -> list[Line]:
    await stage.make_database(PEER)
    lines = []
    for figure in figures:
        began = time.perf_counter()
        with console.status(f"{figure.id}: {figure.what}"):
            found = await figure.measure(stage)
        lines.append(Line(figure, found, time.perf_counter() - began))
    return lines


def main() -> None:
    figures = chosen(sys.argv[1:])
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    with tempfile.TemporaryDirectory(prefix="tamga-bench-") as name:
        Path(name).chmod(0o711)  # root's PostgreSQL runs as another user
        with standing(Path(name)) as stage:
            lines = uvloop.run(measure(stage, figures, console))
    show(lines, console)
    write(lines)


if __name__ == "__main__":
    main()
