"""A sweep in the terminal: the table of a comparison with a column for each axis."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from initscope.comparison import Sweep
from initscope.comparison.axes import Value
from initscope.report import compare_notes, compare_text, numbers, split_text
from initscope.report.tables import Entry, fitted

_WIDE = 130
"""Columns of a terminal where every axis has its own column."""


def title(sweep: Sweep) -> str:
    """Say in one line what was swept."""
    axes = ", ".join(f"{name} {_range(values)}" for name, values in sweep.axes.items())
    data = compare_text.named(sweep.base.setting.data)
    return f"{data}: sweep over {axes}; {len(sweep.points)} combinations"


def columns(sweep: Sweep) -> list[Entry]:
    """Headings of the table."""
    return [*((name,) for name in sweep.axes), *compare_text.columns(sweep.comparisons[0])]


def rows(sweep: Sweep) -> list[list[Entry]]:
    """Return a line for each initializer at each point, an entry a column."""
    return [
        [*((_text(value),) for value in point.coordinates.values()), *entries]
        for point in sweep.points
        for entries in compare_text.rows(point.comparison)
    ]


def bests(sweep: Sweep) -> list[bool]:
    """Say of each line whether it is the best of its point."""
    return [cell is point.comparison.best for point in sweep.points for cell in point.cells]


def notes(sweep: Sweep) -> list[str]:
    """Say what the columns mean, and what is the same everywhere."""
    tuned = sweep.comparisons[0].tuning is not None
    return [
        f"apart from the axes: {compare_text.title(sweep.base.setting, tuned=tuned)}",
        *compare_notes.sweep_notes(sweep),
        _highest(sweep),
    ]


def _highest(sweep: Sweep) -> str:
    """Say where the score is highest, and that nothing is tested thereby."""
    best = sweep.best
    at = ", ".join(f"{name} {_text(value)}" for name, value in best.coordinates.items())
    mean = ", the mean over the splits" if len(best.coordinates) < len(sweep.axes) else ""
    return (
        f"highest of the sweep: {best.cell.hidden}{f' at {at}' if at else ''}, "
        f"{numbers.decimal(best.score.mean)} for one run{mean}; combinations are not tested "
        "against each other."
    )


def print_sweep(sweep: Sweep, console: Console) -> None:
    """Print the table of a sweep with its explanation."""
    console.print(Text(title(sweep), style="bold"))
    styles = [compare_text.style(at.comparison, cell) for at in sweep.points for cell in at.cells]
    if console.width >= _WIDE:
        table = fitted(console, columns(sweep), rows(sweep), styles)
    else:
        stacked = [_stacked(row, list(sweep.axes)) for row in rows(sweep)]
        table = fitted(console, columns(sweep)[len(sweep.axes) :], stacked, styles)
    console.print(table)
    for note in notes(sweep):
        console.print(Text(note, style="dim"))
    if sweep.splits > 1:
        split_text.print_splits(sweep, console)


def _stacked(entries: Sequence[Entry], axes: Sequence[str]) -> list[Entry]:
    """Return a line whose place on the axes stands below its initializer."""
    values, initializer = entries[: len(axes)], entries[len(axes)]
    place = [f"{name} {value}" for name, (value, *_) in zip(axes, values, strict=True)]
    return [(*initializer, *place), *entries[len(axes) + 1 :]]


def _text(value: Value) -> str:
    if value is None:
        return numbers.MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"


def _range(values: Sequence[Value]) -> str:
    return ",".join(map(_text, values))
