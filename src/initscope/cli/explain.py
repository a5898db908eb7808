"""``initscope explain``: everything about one rule."""

from __future__ import annotations

import json

import click

from initscope.cli import options
from initscope.cli.rules import SCHEMA_VERSION


@click.command()
@click.argument("rule")
@options.format_option
def explain(rule: str, output: str) -> None:
    r"""Say what RULE finds, why that is bad, how it is measured and how to mend it.

    RULE is a code or a slug.

    \b
    initscope explain SIG001
    initscope explain vanishing-signal
    """
    from rich.console import Console

    from initscope.report import rules_text
    from initscope.rules import rule as named

    found = named(rule)
    if output == "json":
        plain = {"schema_version": SCHEMA_VERSION, **rules_text.plain(found)}
        click.echo(json.dumps(plain, indent=2))
        return
    rules_text.print_rule(found, Console(highlight=False))
