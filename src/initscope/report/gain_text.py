"""Gains in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from initscope.report import numbers
from initscope.theory import Gains

_HEADINGS = {
    "forward": "forward",
    "backward": "backward",
    "pytorch": "PyTorch",
    "growth": "gradient a layer",
}


def print_gains(found: Sequence[Gains], console: Console, convention: str | None = None) -> None:
    """Print a line for each activation: every number, or that of one convention."""
    columns = [convention] if convention else list(_HEADINGS)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("activation", no_wrap=True)
    for name in columns:
        table.add_column(_HEADINGS[name], no_wrap=True)
    for row in found:
        values = (numbers.decimal(getattr(row, name), 4) for name in columns)
        table.add_row(Text(row.activation), *values)
    console.print(table)
    if not convention:
        for note in _notes(found):
            console.print(Text(note, style="dim"))


def _notes(found: Sequence[Gains]) -> list[str]:
    means = (
        f"Weights of standard deviation gain / sqrt(fan), preactivations of second moment "
        f"{found[0].q:g}: the forward gain (fan-in) keeps the signal's second moment, the backward "
        "gain (fan-out) the gradient's. Last column: the factor on the gradient's second moment "
        "with the forward gain."
    )
    if len(found) > 1:
        return [means]
    note = found[0].note
    return [means, f"{note}." if note.startswith("PyTorch") else f"PyTorch's number: {note}."]
