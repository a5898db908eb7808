"""``initscope gain``: the gains of activations."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from initscope.cli import activations, options

SCHEMA_VERSION = 1


@click.command()
@click.argument("names", nargs=-1, metavar="[ACTIVATION]...")
@click.option(
    "--convention",
    type=click.Choice(["forward", "backward", "pytorch"]),
    help="Print this number alone.",
)
@click.option(
    "--q",
    type=float,
    default=1.0,
    show_default=True,
    help="Second moment of the preactivations at which gains are taken.",
)
@options.format_option
def gain(names: tuple[str, ...], convention: str | None, q: float, output: str) -> None:
    r"""Print the gains of every ACTIVATION, or of all named ones, beside PyTorch's.

    An ACTIVATION is a name, with parameters where it has them, or a function of your own as
    package.module:function, found from the current folder.

    \b
    initscope gain
    initscope gain tanh gelu "leaky_relu(a=0.2)"
    initscope gain mypackage.layers:my_activation --convention forward
    """
    from rich.console import Console

    from initscope.report import gain_text, plain
    from initscope.theory import gains
    from initscope.theory.activations import ROWS

    chosen = names or tuple(row.name for row in ROWS)
    found = [gains(activations.read(name), q) for name in chosen]
    if output == "json":
        rows = plain.finite([asdict(row) for row in found])
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "gains": rows}, indent=2))
        return
    gain_text.print_gains(found, Console(highlight=False), convention)
