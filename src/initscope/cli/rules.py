"""``initscope rules``: what the linter looks for."""

from __future__ import annotations

import json

import click

from initscope.cli import options

SCHEMA_VERSION = 1


@click.command()
@options.format_option
def rules(output: str) -> None:
    """List the rules of the linter."""
    from rich.console import Console

    from initscope.report import rules_text
    from initscope.rules import rules as table

    if output == "json":
        rows = [rules_text.plain(rule) for rule in table()]
        click.echo(json.dumps({"schema_version": SCHEMA_VERSION, "rules": rows}, indent=2))
        return
    rules_text.print_rules(table(), Console(highlight=False))
