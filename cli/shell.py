"""Completion of commands and options by the shell."""

import click
from click.shell_completion import get_completion_class

from cli.faults import Failure
from cli.options import command

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_TAMGA_COMPLETE"  # what click listens to under the program's name


@command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash: add `eval "$(tamga completion bash)"` to ~/.bashrc.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Failure(f"There is no completion for {shell}.")
    click.echo(kind(context.find_root().command, {}, "tamga", VARIABLE).source())
