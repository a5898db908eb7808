"""The command ``initscope``: its subcommands, each in a file of its own, loaded when named."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import NoReturn

import click

from initscope.errors import InitscopeError, unknown

_COMMANDS = {
    "audit": "Hold a file of weights against a plan.",
    "byhand": "Train a 2-2-1 network with all arithmetic shown.",
    "check": "Say what is wrong with a model at initialization, and what to do.",
    "claims": "Test what textbooks say of initialization.",
    "compare": "Compare initializers by training on real data, over many seeds.",
    "draw": "Draw one weight matrix: histogram, moments beside the formula, a file.",
    "explain": "Explain a rule, a question, a claim, an initializer or an activation.",
    "gain": "Print the gains of activations, beside PyTorch's.",
    "init": "Initialize a model and write its weights.",
    "initializers": "List the catalogue of initializers, with formulas and sources.",
    "lab": "Open a page that shows what networks do, live.",
    "plan": "Print how every parameter of a model would be initialized, and why.",
    "results": "List, show and export what the results store holds.",
    "rules": "List the rules of the linter.",
    "theory": "Predict signals and gradients in deep networks, for any activation.",
}


class _Lazy(click.Group):
    """A group that imports a subcommand's module when the subcommand is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in _COMMANDS:
            raise unknown("command", cmd_name, _COMMANDS)
        module = importlib.import_module(f"initscope.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        # Raw docstrings hold click's mark of a block that is not wrapped as two characters.
        command.help = (command.help or "").replace("\\b\n", "\b\n")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="initscope")
def cli() -> None:
    """The laboratory and the linter for neural-network weight initialization."""


def main() -> NoReturn:
    """Run the command; bad input is one line on standard error and exit code 2."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except click.Abort:
        sys.exit(130)
    except InitscopeError as error:
        _fail(str(error))
    # What torch leaves behind takes a second to be examined at exit; it is about to end anyway.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> NoReturn:
    line = " ".join(message.split())
    click.echo(f"initscope: error: {line}", err=True)
    sys.exit(2)
