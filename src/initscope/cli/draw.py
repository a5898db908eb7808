"""``initscope draw``: one weight matrix."""

from __future__ import annotations

import json
from pathlib import Path

import click

from initscope.cli import options

SCHEMA_VERSION = 1


@click.command()
@click.argument("initializer")
@click.argument("fan_in", type=int)
@click.argument("fan_out", type=int)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--bins", type=int, default=20, show_default=True, help="Bars of the histogram.")
@click.option(
    "--layout",
    type=click.Choice(["torch", "keras"]),
    default="torch",
    show_default=True,
    help="torch keeps (fan_out, fan_in); Keras, TensorFlow and JAX keep (fan_in, fan_out).",
)
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path),
    help="Write the values to this .npy or .safetensors file.",
)
@options.format_option
def draw(  # noqa: PLR0913, PLR0917 - an option each
    initializer: str,
    fan_in: int,
    fan_out: int,
    seed: int,
    bins: int,
    layout: str,
    path: Path | None,
    output: str,
) -> None:
    r"""Draw a weight matrix of FAN_IN inputs and FAN_OUT outputs from INITIALIZER.

    Its histogram, and its mean and standard deviation beside the formula's, with the interval that
    a sample of this size is expected in.

    \b
    initscope draw he_normal 100 50
    initscope draw glorot_uniform 3 3 --seed 1
    initscope draw "normal(std=0.01)" 784 128 --layout keras -o weights.npy
    """
    from rich.console import Console

    from initscope.classroom import draw as sample
    from initscope.classroom.drawing import require_known
    from initscope.report import draw_text, plain

    if path:
        require_known(path)
    drawn = sample(initializer, fan_in, fan_out, seed=seed, bins=bins, layout=layout)  # type: ignore[arg-type]
    if path:
        drawn.save(path)
    if output == "json":
        rows = {**plain.finite(drawn.to_dict()), "output": str(path) if path else None}
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **rows}, indent=2))
        return
    draw_text.print_draw(drawn, Console(highlight=False))
    if path:
        click.echo(f"values: {path}")
