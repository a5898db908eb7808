"""``initscope plan``: what would initialize every parameter of a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from initscope.cli import options, targets

if TYPE_CHECKING:
    from initscope.planning import Plan

SCHEMA_VERSION = 1

scheme_option = click.option(
    "--scheme",
    default="auto",
    show_default=True,
    help="auto, gpt2, torch, fixup, lsuv ..., or an initializer such as he_normal; "
    "initializer:gpt2 where a scheme has its name.",
)
rule_option = click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="PATTERN=INITIALIZER",
    help='A rule of your own, before the scheme, such as "*.head.weight=zeros"; again for more.',
)
refine_option = click.option(
    "--refine", is_flag=True, help="Rescale by one measured pass after the values are drawn."
)


@click.command()
@click.argument("target", required=False)
@scheme_option
@rule_option
@refine_option
@targets.input_option
@click.option("--list", "listing", is_flag=True, help="List the schemes, and do nothing else.")
@options.format_option
def plan(  # noqa: PLR0913, PLR0917 - the options of the command
    target: str | None,
    scheme: str,
    rules: tuple[str, ...],
    refine: bool,
    inputs: tuple[str, ...],
    listing: bool,
    output: str,
) -> None:
    r"""Print how every parameter of TARGET would be initialized, and why. Nothing is written.

    TARGET is a factory of yours as package.module:factory, which returns a module or a pair of a
    module and an example, or a built-in network.

    \b
    initscope plan mlp:depth=30,activation=tanh
    initscope plan mypackage.models:build --input 8,3,32,32
    initscope plan transformer --scheme gpt2 --rule "*.out.weight=zeros"
    """
    if listing:
        _list(output)
        return
    if target is None:
        raise click.UsageError("TARGET is missing: expected package.module:factory or mlp")
    model, example = targets.load(target, inputs)
    found = made(model, example, scheme, rules, refine=refine)
    if output == "json":
        click.echo(json.dumps(as_json(found), indent=2))
        return
    click.echo(str(found))


def made(model: Any, example: Any, scheme: str, rules: tuple[str, ...], *, refine: bool) -> Plan:
    """Make a plan from what was typed."""
    from initscope.planning import plan as make

    return make(model, scheme, example, [options.rule(text) for text in rules], refine=refine)


def as_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "scheme": plan.scheme,
        "model": plan.model_class,
        "measure": plan.measure,
        "uncovered": list(plan.uncovered),
        "unused_rules": list(plan.unused_rules),
        "parameters": [
            {
                "name": row.name,
                "aliases": list(row.slot.aliases),
                "shape": list(row.slot.shape),
                "role": row.role,
                "fan_in": row.slot.fans.fan_in if row.slot.fans else None,
                "fan_out": row.slot.fans.fan_out if row.slot.fans else None,
                "how": row.slot.how,
                "activation": row.activation,
                "initializer": row.initializer,
                "std": row.std,
                "reason": row.reason,
                "reference": row.reference,
            }
            for row in plan.rows
        ],
    }


def _list(output: str) -> None:
    from initscope.initializers import NAMES as INITIALIZERS
    from initscope.initializers import PREFIX
    from initscope.planning.schemes import ROWS

    rows = [
        {
            "name": row.name,
            "summary": row.summary,
            "parameters": row.parameters,
            "needs_example": row.needs_example,
            "citation": row.citation,
            "initializer": f"{PREFIX}{row.name}" if row.name in INITIALIZERS else None,
        }
        for row in ROWS
    ]
    if output == "json":
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "schemes": rows}, indent=2))
        return
    for row in rows:
        click.echo(f"{row['name']:18}{row['summary']}\n{'':18}{row['citation']}")
        if row["initializer"]:
            click.echo(
                f"{'':18}The weights alone, as the initializer has them: {row['initializer']}"
            )
