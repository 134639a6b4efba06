"""A table of a layout's TOML, read field by field: of the right kind, and nothing left over."""

from collections.abc import Iterable
from enum import StrEnum
from math import isfinite
from typing import Any, TypeVar

from labels.refusals import LayoutInvalid

Choice = TypeVar("Choice", bound=StrEnum)


class Table:
    """What one table says; `where` is the name that refusals give it, empty for the whole text."""

    def __init__(self, where: str, found: object) -> None:
        self.where = where
        if not isinstance(found, dict):
            raise LayoutInvalid(where, "this is a table of fields")
        self.left: dict[str, Any] = dict(found)
        self.asked: list[str] = []

    def named(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def refused(
        self,
        name: str,
        reason: str,
        needed_mm: float | None = None,
        available_mm: float | None = None,
    ) -> LayoutInvalid:
        return LayoutInvalid(self.named(name), reason, needed_mm, available_mm)

    def text(self, name: str, longest: int, default: str | None = None) -> str:
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self.refused(name, 'this is a text in quotes, as in "roll"')
        if not 1 <= len(value) <= longest:
            raise self.refused(name, f"this has 1 to {longest} characters")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._take(name, default)
        if not _is_number(value):
            raise self.refused(name, "this is a number, as in 2.5")
        return float(value)

    def whole(self, name: str, lowest: int, highest: int) -> int:
        value = self._take(name, None)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refused(name, "this is a whole number, as in 3")
        if not lowest <= value <= highest:
            raise self.refused(name, f"this is from {lowest} to {highest}")
        return value

    def numbers(
        self, name: str, meaning: tuple[str, ...], default: tuple[float, ...] | None = None
    ) -> tuple[float, ...]:
        value = self._take(name, default)
        fits = isinstance(value, list | tuple) and len(value) == len(meaning)
        if not fits or not all(map(_is_number, value)):
            raise self.refused(name, f"this is [{', '.join(meaning)}], {len(meaning)} numbers")
        return tuple(map(float, value))

    def choice(self, name: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        value = self._take(name, default)
        try:
            return kind(value)
        except ValueError:
            raise self.refused(name, f"this is one of {', '.join(kind)}") from None

    def texts(self, name: str, known: Iterable[str], default: tuple[str, ...]) -> tuple[str, ...]:
        """A list without repetition of some of the known texts."""
        value, allowed = self._take(name, default), tuple(known)
        fits = isinstance(value, list | tuple) and len(value) <= len(allowed)
        if not fits or not all(item in allowed for item in value) or len({*value}) < len(value):
            raise self.refused(name, f"this is a list of some of {', '.join(allowed)}, each once")
        return tuple(value)

    def tables(self, name: str, most: int) -> list["Table"]:
        """The tables under `[[name]]`."""
        value = self._take(name, ())
        if not isinstance(value, list | tuple):
            raise self.refused(name, f"this stands in double brackets, [[{name}]]")
        if len(value) > most:
            raise self.refused(name, f"there are at most {most}")
        return [
            Table(f"{self.named(name)}[{count}]", found) for count, found in enumerate(value, 1)
        ]

    def table(self, name: str) -> "Table":
        return Table(self.named(name), self._take(name, None))

    def has(self, name: str) -> bool:
        return name in self.left

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for name in sorted(self.left):
            raise self.refused(name, f"there is no such field; here are {', '.join(self.asked)}")

    def _take(self, name: str, default: object) -> Any:  # noqa: ANN401 - whatever TOML can say
        self.asked.append(name)
        value = self.left.pop(name, default)
        if value is None:
            raise self.refused(name, "this is missing")
        return value


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return isfinite(value)
    except OverflowError:  # whole numbers of TOML may have thousands of digits
        return False
