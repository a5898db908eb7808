"""``initscope audit``: hold a file of weights against a plan."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from initscope.cli import options, targets
from initscope.cli.plan import made, rule_option

if TYPE_CHECKING:
    from initscope.planning import Audit

SCHEMA_VERSION = 1


@click.command()
@click.argument("target")
@click.argument("weights", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--plan", "scheme", default="auto", show_default=True, help="The scheme to audit by.")
@rule_option
@targets.input_option
@options.format_option
def audit(  # noqa: PLR0913, PLR0917 - the options of the command
    target: str,
    weights: Path,
    scheme: str,
    rules: tuple[str, ...],
    inputs: tuple[str, ...],
    output: str,
) -> None:
    r"""Say whether WEIGHTS, a .safetensors file, hold what a plan for TARGET declares.

    The exit code is 1 where they do not.

    \b
    initscope audit mlp:depth=30,activation=tanh weights.safetensors --plan auto
    """
    from initscope.planning import audit as check
    from initscope.planning.weights import read

    model, example = targets.load(target, inputs)
    found = check(made(model, example, scheme, rules, refine=False), read(weights))
    click.echo(json.dumps(as_json(found), indent=2) if output == "json" else str(found))
    if not found.ok:
        sys.exit(1)


def as_json(audit: Audit) -> dict[str, Any]:
    """Return an audit as plain data."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": audit.ok,
        "coverage": audit.coverage,
        "rows": [
            {
                "parameter": row.parameter,
                "initializer": row.initializer,
                "count": row.count,
                "ok": row.ok,
                "scaled_by": row.scaled_by,
                "note": row.note,
                "checks": [
                    {
                        "name": check.name,
                        "declared": check.declared,
                        "actual": check.actual,
                        "tolerance": check.tolerance,
                        "ok": check.ok,
                    }
                    for check in row.checks
                ],
            }
            for row in audit.rows
        ],
    }
