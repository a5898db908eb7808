"""``initscope init``: initialize a model, and write its weights to a file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from initscope.cli import options, targets
from initscope.cli.audit import as_json
from initscope.cli.plan import made, refine_option, rule_option, scheme_option
from initscope.errors import InputError


@click.command()
@click.argument("target")
@scheme_option
@rule_option
@refine_option
@targets.input_option
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every value.")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The .safetensors file to write.",
)
@options.format_option
def init(  # noqa: PLR0913, PLR0917 - the options of the command
    target: str,
    scheme: str,
    rules: tuple[str, ...],
    refine: bool,
    inputs: tuple[str, ...],
    seed: int,
    path: Path,
    output: str,
) -> None:
    r"""Initialize TARGET, prove it, and write its weights.

    \b
    initscope init mlp:depth=30,activation=tanh --scheme auto --seed 0 -o weights.safetensors
    initscope init mypackage.models:build --scheme gpt2 -o weights.safetensors
    """
    from initscope import files
    from initscope.planning.weights import write_model

    if path.suffix != ".safetensors":
        raise InputError(f"{path}: expected a file that ends in .safetensors")
    files.require_writable(path)
    model, example = targets.load(target, inputs)
    plan = made(model, example, scheme, rules, refine=refine)
    audit = plan.apply(model, seed)
    write_model(model, path)
    if output == "json":
        click.echo(json.dumps(as_json(audit), indent=2))
    else:
        click.echo(f"{audit}\nwrote {path}")
