"""Tables in the terminal whose entries have details, such as intervals."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

Entry = tuple[str, ...]
"""A value and its details, such as an interval: beside it where there is room, else below."""

_UNBOUNDED = 10_000  # columns; wider than any table


def fitted(
    console: Console,
    columns: Sequence[Entry],
    rows: Sequence[Sequence[Entry]],
    styles: Sequence[str] = (),
) -> Table:
    """Return a table that the console has room for.

    Args:
        console: where it is to be printed.
        columns: headings.
        rows: an entry for each column.
        styles: of the rows, all plain where left out.
    """
    styles = styles or [""] * len(rows)
    table = _table(columns, rows, styles, " ", gap=2)
    room = console.options.update(max_width=_UNBOUNDED)
    if Measurement.get(console, room, table).maximum > console.width:
        return _table(columns, rows, styles, "\n", gap=1)
    return table


def _table(
    columns: Sequence[Entry],
    rows: Sequence[Sequence[Entry]],
    styles: Sequence[str],
    separator: str,
    gap: int,
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for heading in columns:
        table.add_column(separator.join(heading), no_wrap=True)
    for row, style in zip(rows, styles, strict=True):
        table.add_row(*(separator.join(filter(None, entry)) for entry in row), style=style)
    return table
