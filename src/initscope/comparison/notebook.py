"""A comparison or a sweep as an HTML table, which notebooks show in place of its Python form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from initscope.comparison.statistics import Interval

if TYPE_CHECKING:
    from initscope.comparison.axes import Value
    from initscope.comparison.cell import Cell
    from initscope.comparison.result import Comparison
    from initscope.comparison.sweep import Sweep


def comparison_table(comparison: Comparison) -> str:
    """Return the table of a comparison as HTML."""
    rows = [_entries(comparison, cell) for cell in comparison.cells]
    return _table(_title(comparison), _headings(comparison), rows)


def sweep_table(sweep: Sweep) -> str:
    """Return the table of a sweep as HTML, a column for each axis."""
    rows = [
        [*map(_value, point.coordinates.values()), *_entries(point.comparison, cell)]
        for point in sweep.points
        for cell in point.cells
    ]
    first = sweep.comparisons[0]
    return _table(f"{_title(first)}, each combination", [*sweep.axes, *_headings(first)], rows)


def _value(value: Value) -> str:
    return "none" if value is None else str(value)


def _title(comparison: Comparison) -> str:
    family, kind = comparison.family, "reference" if comparison.reference else "best"
    return (
        f"{comparison.experiment.setting.data.task}: {family.seeds} networks each; differences to "
        f"the {kind}, p (Holm) and their intervals corrected for {family.size} tests"
    )


def _headings(comparison: Comparison) -> list[str]:
    score = "R²" if comparison.regression else "accuracy"
    return ["initializer", "failed", score, "95% interval", "difference", "95% interval", "p"]


def _entries(comparison: Comparison, cell: Cell) -> list[str]:
    score, difference = cell.test_accuracy, cell.difference
    alone = "reference" if comparison.reference else "best"
    return [
        cell.initializer,
        f"{cell.stuck + cell.diverged} of {cell.n}",
        f"{score.mean:.3f}" if score else "–",
        _bracket(score.ci95 if score else None),
        *(
            (f"{difference.mean:+.3f}", _bracket(difference.ci95), f"{difference.p_holm:.3g}")
            if difference
            else (alone, "", "")
        ),
    ]


def _bracket(bounds: Interval | None) -> str:
    return f"[{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "–"


def _table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in headings)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(entry)}</td>' for entry in row)}</tr>" for row in rows
    )
    return (
        f"<table><caption>{escape(title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
