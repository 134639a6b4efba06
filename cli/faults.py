"""How a command ends: its exit codes, and the ways in which it does not do what was asked."""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import IO, Any

import click

from cli.terminal import safe, terminal

TOLD = 20  # values of a list that an answer is shown with


class Ending(IntEnum):
    """The exit codes. They do not change."""

    DONE = 0
    REFUSED = 1  # Tamga said no, or the code is not good
    USAGE = 2
    PARTLY = 3  # some were taken, or are good, and some not
    UNREACHABLE = 4  # not now, through no fault of the request: repeat it
    FAULT = 5  # a fault of Tamga's own


class Failure(click.ClickException):
    """Ends the command with one sentence, perhaps more lines, and an exit code."""

    def __init__(
        self, message: str, *, more: Iterable[str] = (), ending: Ending = Ending.REFUSED
    ) -> None:
        super().__init__(message)
        self.more = tuple(more)
        self.screen = terminal()  # when it is shown, the command is over
        self.exit_code = ending  # type: ignore[misc]

    def document(self) -> dict[str, Any]:
        """The same for programs."""
        return {"title": self.message, "detail": " ".join(self.more)}

    def show(self, file: IO[Any] | None = None) -> None:
        if self.screen.json:
            click.echo(json.dumps(self.document(), ensure_ascii=False), file=file, err=True)
            return
        head = f"{self.screen.paint('Error:', 'red')} {self.message}"
        for line in (head, *(f"  {more}" for more in self.more)):
            click.echo(safe(line), file=file, err=True)


class Refused(Failure):
    """The service refused: its problem document, told to a person."""

    def __init__(self, problem: Mapping[str, Any], url: str) -> None:
        self.problem = dict(problem)
        status = int(problem.get("status", 0))
        title = str(problem.get("title") or f"The service answered {status}.")
        super().__init__(
            title, more=[*told(self.problem), *see(self.problem, url)], ending=of(status)
        )

    def document(self) -> dict[str, Any]:
        return self.problem


def of(status: int) -> Ending:
    match status:
        case 429 | 502 | 503 | 504:
            return Ending.UNREACHABLE
        case _ if status >= 500:  # noqa: PLR2004 - where HTTP's own faults begin
            return Ending.FAULT
    return Ending.REFUSED


STANDARD = {"type", "title", "status", "detail", "advice", "request_id", "instance"}
SHOWN_APART = {"wrong_rows", "lines"}


def told(problem: Mapping[str, Any]) -> Iterator[str]:
    """What was wrong, a fact a line."""
    for name, fact in problem.items():
        if name in STANDARD | SHOWN_APART or fact in (None, [], {}, ""):
            continue
        if isinstance(fact, list) and isinstance(fact[0], Mapping):
            yield from (told_pair(item) for item in fact[:TOLD])
        else:
            yield f"{name.replace('_', ' ')}: {told_fact(fact)}"


def told_pair(item: Mapping[str, Any]) -> str:
    """One of several faults: where it is, and what it is."""
    line = f"line {item['line']:,}" if "line" in item else ""
    where = item.get("where") or item.get("column") or line
    what = item.get("what") or item.get("sentence") or told_fact(item)
    hint = item.get("hint") or ""
    return f"{where}: {what} {hint}".rstrip(" ")


def told_fact(fact: object) -> str:
    if isinstance(fact, Mapping):
        return ", ".join(f"{name} {value}" for name, value in fact.items())
    if isinstance(fact, list):
        rest = len(fact) - TOLD
        return ", ".join(map(str, fact[:TOLD])) + (f" and {rest:,} more" if rest > 0 else "")
    return f"{fact:,}" if isinstance(fact, int) and not isinstance(fact, bool) else str(fact)


def see(problem: Mapping[str, Any], url: str) -> Iterator[str]:
    """What to do, and where to read more."""
    if advice := problem.get("advice"):
        yield f"→ {advice}"
    kind = str(problem.get("type", ""))
    if kind.startswith("/"):
        yield f"See {url}{kind}"
    if of(int(problem.get("status", 0))) is Ending.FAULT and problem.get("request_id"):
        yield f"Request {problem['request_id']}"
