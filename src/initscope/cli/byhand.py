"""``initscope byhand``: a network that can be checked on paper."""

from __future__ import annotations

import json

import click

from initscope.cli import options

SCHEMA_VERSION = 1


@click.command()
@click.option(
    "--init",
    "initializer",
    default="constant(value=0.5)",
    show_default=True,
    help="Initializer of both layers' weights; biases begin at zero.",
)
@click.option(
    "--activation", default="relu", show_default=True, help="Activation of the hidden units."
)
@click.option("--steps", type=int, default=2, show_default=True, help="Steps of gradient descent.")
@click.option("--lr", type=float, default=0.1, show_default=True, help="Learning rate.")
@click.option(
    "--loss",
    default="squared",
    show_default=True,
    help="squared, or sigmoid for the binary cross-entropy.",
)
@click.option(
    "--input",
    "x",
    callback=options.numbers("input", "1,2"),
    default="1,2",
    show_default=True,
    help="Both inputs of the one example.",
)
@click.option("--target", type=float, default=1.0, show_default=True, help="What is to come out.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random weights.")
@click.option(
    "--digits",
    type=click.IntRange(1, 17),
    default=4,
    show_default=True,
    help="Significant digits in the text.",
)
@options.format_option
def byhand(  # noqa: PLR0913, PLR0917 - an option each
    initializer: str,
    activation: str,
    steps: int,
    lr: float,
    loss: str,
    x: tuple[float, ...],
    target: float,
    seed: int,
    digits: int,
    output: str,
) -> None:
    r"""Train a network of two inputs, two hidden units and one output, showing all arithmetic.

    Every number of the forward pass, the loss, the backward pass and the update, so that it can be
    checked on paper.

    \b
    initscope byhand
    initscope byhand --init zeros --activation tanh --steps 3
    initscope byhand --init he_normal --seed 1 --loss sigmoid --input 0.5,-1 --format json
    """
    from rich.console import Console

    from initscope.classroom import byhand as work_out
    from initscope.report import byhand_text, plain

    found = work_out(
        initializer,
        activation,
        steps=steps,
        learning_rate=lr,
        loss=loss,
        x=x,
        target=target,
        seed=seed,
    )
    if output == "json":
        rows = plain.finite(found.to_dict())
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **rows}, indent=2))
        return
    byhand_text.print_byhand(found, Console(highlight=False), digits)
