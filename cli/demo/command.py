"""The command itself: light, so that it says something before the server is loaded."""

from importlib import import_module

import click

from cli.options import command
from cli.terminal import terminal


@command()
@click.option("--once", is_flag=True, help="End after the story.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: TAMGA_PORT, or 8000.")
def demo(*, once: bool, port: int | None) -> None:
    """Show Tamga do its job with real goods.

    The service is left running; Ctrl-C stops it. Everything is kept in the data directory (TAMGA_DATA, default .tamga): the next demo goes on
    with it, and to delete the directory is to start anew.
    """
    with terminal().step("Loading Tamga") as done:
        stage = import_module("cli.demo.stage")
        done("Loaded Tamga")
    stage.play(once=once, port=port)
