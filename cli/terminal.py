"""What a command says, and to whom: people at a terminal, pipes, or programs that want JSON."""

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

Advance = Callable[[int], None]
Row = Sequence[object]
A_WHILE = 100  # milliseconds: from here on seconds are told
# What would move the cursor, turn text around or hide: from the service, but typed by anybody.
UNSAFE = {
    *range(0x20),
    *range(0x7F, 0xA0),
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
}
COLOUR = re.compile("(\x1b\\[[0-9;]*m)")
SHOWN = dict.fromkeys(UNSAFE, "·") | {0x1D: "␝", 0x0A: " ", 0x09: " "}
SHOWN_IN_LINES = SHOWN | {0x09: "\t"}


def visible(text: object) -> str:
    """The text on one line, with the separator of a code as a sign that Tamga can read back."""
    return str(text).translate(SHOWN)


def safe(text: str) -> str:
    """The line without what would move the cursor; colours stay."""
    return "".join(
        part if COLOUR.fullmatch(part) else part.translate(SHOWN_IN_LINES)
        for part in COLOUR.split(text)
    )


@dataclass
class Terminal:
    """How this command was asked to speak."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False

    @property
    def is_rich(self) -> bool:
        """Whether tables and bars may be drawn."""
        return sys.stdout.isatty() and self.speaks

    @property
    def moves(self) -> bool:
        """Whether something may move on the screen while people wait."""
        return sys.stderr.isatty() and self.speaks and os.environ.get("TERM") != "dumb"

    @property
    def speaks(self) -> bool:
        return not (self.json or self.quiet)

    def paint(self, text: str, colour: str) -> str:
        """In this colour, where there are colours; click drops it where output is no terminal."""
        return text if os.environ.get("NO_COLOR") else click.style(text, fg=colour)

    def say(self, text: str = "") -> None:
        """A line for people."""
        if self.speaks:
            click.echo(safe(text))

    def note(self, text: str) -> None:
        """A line beside the result: on the error channel, so that pipes stay clean."""
        if self.speaks:
            click.echo(safe(text), err=True)

    def detail(self, text: str) -> None:
        """A line for those who asked to hear more."""
        if self.verbose:
            click.echo(safe(text), err=True)

    def answer(self, document: object, *lines: str, brief: object = None) -> None:
        """The result: JSON, or `brief` alone where quiet was asked for, or lines for people."""
        if self.json:
            self.line_of_json(document)
        elif self.quiet:
            if brief is not None:
                click.echo(visible(brief))
        else:
            for line in lines:
                click.echo(safe(line))

    def line_of_json(self, document: object) -> None:
        click.echo(json.dumps(document, ensure_ascii=False, default=str))

    def table(self, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Rows for people; tab-separated where they go into a pipe."""
        shown = [[visible("" if cell is None else cell) for cell in row] for row in rows]
        if self.is_rich:
            import_module("cli.drawing").table(columns, shown)
        elif self.speaks:
            click.echo("\t".join(columns))
            for row in shown:
                click.echo("\t".join(row))

    def listing(self, document: object, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """A list as the result: JSON, or a table, or the first column where quiet was asked for."""
        if self.speaks:
            self.table(columns, rows)
        elif self.json:
            self.line_of_json(document)
        else:
            for row in rows:
                click.echo(visible(row[0]))

    @contextlib.contextmanager
    def progress(
        self, label: str, total: int, *, unit: str = "bytes", then: str | None = None
    ) -> Iterator[Advance]:
        """A bar that the block moves on with `advance(amount)`; `then` is said at its end."""
        if not self.moves:
            yield lambda _: None
            return
        with import_module("cli.drawing").bar(label, total, unit, then) as advance:
            yield advance

    @contextlib.contextmanager
    def waiting(self, label: str) -> Iterator[None]:
        """Something turns while the block lasts."""
        if not self.moves:
            yield
            return
        with import_module("cli.drawing").spinner(label):
            yield

    @contextlib.contextmanager
    def step(self, doing: str) -> Iterator[Callable[[str], None]]:
        """One line for what the block does, with how long it took; call it with what was done."""
        told: list[str] = []
        began = time.perf_counter()
        with self.waiting(doing):
            yield told.append
        took = self.paint(lasted(time.perf_counter() - began), "cyan")
        self.say(f"{self.paint('✓', 'green')} {told[-1] if told else doing} ({took})")


def lasted(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    return f"{seconds:.1f} s" if milliseconds >= A_WHILE else f"{milliseconds} ms"


def terminal() -> Terminal:
    """The terminal of the running command."""
    context = click.get_current_context(silent=True)
    found: Any = context.meta.setdefault(f"{__name__}.terminal", Terminal()) if context else None
    return found if isinstance(found, Terminal) else Terminal()
