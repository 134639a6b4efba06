"""The layouts that come along, by name."""

from functools import cache
from pathlib import Path

from labels.layouts.layout import parse
from labels.layouts.parts import Layout
from labels.refusals import UnknownLayout

FOLDER = Path(__file__).with_name("ready")


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def named(name: str) -> Layout:
    """The ready layout of this name, or UnknownLayout with all there are."""
    if name not in names():
        raise UnknownLayout(name, names())
    return parse(FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
