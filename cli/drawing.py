"""Tables and bars. Imported only where one is drawn: rich takes longer to import than to draw."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        numbers = all(row[columns.index(column)].replace(",", "").isdecimal() for row in rows)
        drawn.add_column(
            Text(column), overflow="fold", justify="right" if rows and numbers else "left"
        )
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console().print(drawn)


@contextlib.contextmanager
def bar(label: str, total: int, unit: str, then: str | None) -> Iterator[Callable[[int], None]]:
    counter = DownloadColumn() if unit == "bytes" else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), counter, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=total)

        def advance(amount: int) -> None:
            progress.advance(task, amount)
            if then and progress.tasks[0].finished:
                progress.update(task, description=then, total=None)

        yield advance


@contextlib.contextmanager
def spinner(label: str) -> Iterator[None]:
    with Console(stderr=True).status(label):
        yield
