"""What every command understands, and options that several share."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import click

from cli.faults import Ending
from cli.terminal import terminal

ADDRESS = f"{__name__}.address"


def kept(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    """Note in the terminal that a flag was given, wherever in the line it stands."""

    def keep(_context: click.Context, _parameter: click.Parameter, given: bool) -> None:  # noqa: FBT001
        if given:
            setattr(terminal(), name, True)

    return keep


def flag(*names: str, about: str) -> click.Option:
    return click.Option(
        names,
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=kept(names[-1].removeprefix("--")),
        help=about,
    )


def keep_address(context: click.Context, _: click.Parameter, url: str | None) -> None:
    if url:
        context.meta[ADDRESS] = url.rstrip("/")


def common() -> list[click.Parameter]:
    """The options of every command; they may stand before its name or after it."""
    return [
        flag("--json", about="Answer in JSON."),
        flag("-q", "--quiet", about="Print the bare result: an id, a verdict, a key."),
        flag("-v", "--verbose", about="Tell more: ids, requests, times."),
        flag("--debug", about="Show where an error came from."),
        click.Option(
            ["--url"],
            metavar="URL",
            expose_value=False,
            callback=keep_address,
            help="The service.  [env: TAMGA_URL]",
        ),
    ]


class Command(click.Command):
    """A command with the common options."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*arguments, **settings)
        self.params += common()

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """A command that returns an ending ends so."""
        ended = super().invoke(ctx)
        if isinstance(ended, Ending) and ended is not Ending.DONE:
            ctx.exit(ended)
        return ended


class Group(click.Group):
    """A command with commands of its own."""

    command_class = Command


def command(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Command]:  # noqa: ANN401
    return click.command(name, cls=Command, **settings)


class Moment(click.ParamType[datetime]):
    """A date and time; without a zone, in this machine's."""

    name = "moment"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone(UTC)
        except ValueError:
            self.fail(f"{value!r} is no moment: write 2026-11-22T09:30 or 2026-11-22.", param, ctx)


class Day(click.ParamType[date]):
    """A calendar day."""

    name = "date"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date: write 2026-11-22.", param, ctx)


class Pair(click.ParamType[tuple[str, str]]):
    """NAME=VALUE."""

    name = "name=value"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not (name and equals):
            self.fail(f"{value!r}: write NAME=VALUE.", param, ctx)
        return name, text


request_id = click.option(
    "--id", "given_id", type=click.UUID, help="Repeat a request under its id: it is done once."
)
occurred_at = click.option("--occurred-at", type=Moment(), help="When it happened; default: now.")
FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)
OUT = click.Path(dir_okay=False, writable=True, allow_dash=True)

lot_options = (
    click.option("--lot-number", help="The lot."),
    click.option("--produced-on", type=Day(), help="When it was produced."),
    click.option("--expires-on", type=Day(), help="Until when it is good."),
)


def all_of(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, in this order."""

    def decorate(function: Any) -> Any:  # noqa: ANN401 - click's own
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def without_nothing(**values: object) -> dict[str, Any]:
    """What was given, as JSON takes it."""
    return {
        name: plain(value) for name, value in values.items() if value is not None and value != ()
    }


def plain(value: object) -> object:
    if isinstance(value, date):  # a moment is one, too
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def set_up() -> None:
    """Text is UTF-8 in and out, whatever the locale: names are in six scripts."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")
