"""The list of all topics in the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_topics(known: Mapping[str, Mapping[str, str]], console: Console) -> None:
    """Print the names of every kind of topic, with a line on each."""
    width = max(len(name) for lines in known.values() for name in lines)
    for kind, lines in known.items():
        console.print(Text(kind, style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(min_width=width, no_wrap=True)
        table.add_column()
        for name, line in lines.items():
            table.add_row(name, Text(line))
        console.print(table)
        console.print()
    console.print(Text("initscope explain TOPIC tells all about one of them.", style="dim"))
