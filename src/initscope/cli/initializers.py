"""``initscope initializers``: the catalogue."""

from __future__ import annotations

import json

import click

from initscope.cli import options


@click.command()
@options.format_option
def initializers(output: str) -> None:
    """List every initializer with its parameters, formula, source and other names."""
    from rich.console import Console
    from rich.table import Table

    from initscope.initializers import ROWS

    if output == "json":
        rows = [
            {
                "name": row.name,
                "aliases": row.aliases,
                "parameters": list(row.parameters),
                "formula": row.formula,
                "citation": row.citation,
            }
            for row in ROWS
        ]
        click.echo(json.dumps({"schema_version": 1, "initializers": rows}, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "parameters", "formula", "source", "also"):
        table.add_column(heading, overflow="fold")
    for row in ROWS:
        also = ", ".join(row.aliases)
        table.add_row(row.name, ", ".join(row.parameters), row.formula, row.citation, also)
    Console(highlight=False).print(table)
