"""`tamga`: the commands by name. Each is imported when it is called, and no other with it."""

import sys
import traceback
from collections.abc import Sequence
from importlib import import_module, metadata
from typing import Any

import click

from cli.faults import Ending, Failure
from cli.options import common, set_up
from cli.terminal import terminal

# (name, where it is, what it does): grouped as `tamga --help` shows them.
SECTIONS: dict[str, list[tuple[str, str, str]]] = {
    "See it work": [
        ("demo", "cli.demo.command:demo", "Show Tamga do its job with real goods."),
    ],
    "Who you are": [
        ("login", "cli.access:login", "Keep an API key for the commands that follow."),
        ("logout", "cli.access:logout", "Forget the API key of this service."),
        ("whoami", "cli.access:whoami", "Tell who the API key belongs to."),
        (
            "participant",
            "cli.participants:participant",
            "Register participants, list, suspend and resume them.",
        ),
        ("key", "cli.participants:key", "Issue API keys, list and revoke them."),
    ],
    "Goods": [
        ("product", "cli.products:product", "Register products, one by one or from a file."),
        ("batch", "cli.batches:batch", "Register batches; download their codes."),
        (
            "labels",
            "cli.labels:labels",
            "Print labels of goods and packages; look at layouts, and at what was printed.",
        ),
        ("apply", "cli.goods:apply", "Report codes as applied to goods."),
        ("introduce", "cli.goods:introduce", "Introduce goods into circulation."),
        ("cancel", "cli.goods:cancel", "Cancel codes that were spoiled."),
        ("lot", "cli.goods:lot", "Give goods a lot: its number, its dates."),
        ("pack", "cli.packages:pack", "Pack goods as a packing line reports it."),
        ("unpack", "cli.packages:unpack", "Dissolve packages, or take goods out of them."),
        ("transfer", "cli.transfers:transfer", "Offer goods, answer offers, and see what is open."),
        ("receipts", "cli.receipts:receipts", "Record the fiscal receipts of a FILE of JSON."),
        ("withdraw", "cli.withdrawals:withdraw", "Withdraw goods from circulation."),
        ("restore", "cli.withdrawals:restore", "Bring withdrawn goods back into circulation."),
        ("remark", "cli.withdrawals:remark", "Put a new code on goods, in place of an OLD one."),
        (
            "block",
            "cli.blocks:block",
            "Block goods, whoever holds them, as an inspector or operator.",
        ),
        (
            "unblock",
            "cli.blocks:unblock",
            "Lift a block: what no other block covers is free again.",
        ),
        (
            "blocks",
            "cli.blocks:blocks",
            "List the blocks of your member state, the newest first, or tell one.",
        ),
    ],
    "Scans": [
        ("verify", "cli.answers:verify", "Verify a code, or every line of the input."),
        ("history", "cli.answers:history", "Tell what happened to a unit."),
        ("standing", "cli.answers:standing", "Tell how a unit stands, now or at a past moment."),
        ("contents", "cli.tracing:contents", "Tell what is in a package, counted to any depth."),
        (
            "reconcile",
            "cli.tracing:reconcile",
            "Compare what you hold with what the registry says you hold.",
        ),
        (
            "changes",
            "cli.tracing:changes",
            "List what concerns you, in the order in which it was recorded.",
        ),
        ("scan", "cli.pictures:scan", "Read the codes in pictures and verify them."),
        ("parse", "cli.offline:parse", "Take a code apart, without asking the service."),
        (
            "findings",
            "cli.findings:findings",
            "List what looks like fraud in your member state, or tell one finding.",
        ),
        ("keys", "cli.answers:keys", "List the public keys of verification codes."),
    ],
    "The service": [
        ("serve", "cli.server:serve", "Run the service until it is told to stop."),
        ("migrate", "cli.server:migrate", "Bring the database to the newest version."),
        ("bootstrap", "cli.server:bootstrap", "Write an operator's key straight to the database."),
        ("doctor", "cli.server:doctor", "Prove every invariant of the registry."),
        ("sweep", "cli.server:sweep", "Record the offers and blocks whose term is over."),
        ("completion", "cli.shell:completion", "Print the completion script of a shell."),
    ],
}
PLACES = {name: place for section in SECTIONS.values() for name, place, _ in section}


INTERRUPTED = 130  # as shells say it


class Tamga(click.Group):
    """The commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PLACES:
            return None
        module, _, name = PLACES[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, about) for name, _, about in commands])

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """No traceback ever: what nobody foresaw becomes one line."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo("Stopped.", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - whatever it is
            if terminal().debug:
                traceback.print_exc(file=sys.stderr)
            raise unforeseen(error) from None


def unforeseen(error: Exception) -> Failure:
    """What is told of an error that nobody foresaw."""
    if isinstance(error, OSError) and error.filename:
        return Failure(f"{error.filename}: {error.strerror}", ending=Ending.USAGE)
    first = (str(error).split("\n") or [""])[0]
    return Failure(
        f"Tamga failed: {type(error).__name__}: {first}",
        more=["This is a fault of ours; --debug shows where."],
        ending=Ending.FAULT,
    )


def show_version(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked and not context.resilient_parsing:
        try:
            click.echo(f"tamga {metadata.version('tamga')}")
        except metadata.PackageNotFoundError:
            click.echo("tamga (not installed)")
        context.exit()


VERSION = click.Option(
    ["--version"],
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=show_version,
    help="Tell the version.",
)

tamga = Tamga(
    name="tamga",
    params=[VERSION, *common()],
    help="Goods-marking traceability for the Eurasian Economic Union.",
    epilog="Exit codes: 0 done, 1 refused, 2 usage, 3 partly, 4 unreachable, 5 a fault of ours.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main(arguments: Sequence[str] | None = None) -> None:
    set_up()
    tamga.main(arguments, prog_name="tamga")
