"""Phase diagrams of a sweep: what trains, and how well, over its first two axes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import altair as alt

from initscope.comparison import Cell, Point, Sweep
from initscope.comparison.axes import Coordinates
from initscope.report.boundary_lines import Line, boundary, boundary_over_gain, is_ascending
from initscope.report.charts_theme import Rows, theme
from initscope.report.heat_map import HeatMap
from initscope.report.places import MOST_PANELS, value_text, words
from initscope.training import Initialization

MEASURES = ("trained", "score")


@dataclass(frozen=True, slots=True)
class Panel:
    """One map: an initialization, and values of the axes that are not on it.

    Where a sweep has one axis, the lines of its only map are the initializations (None here).
    """

    cell: Initialization | None
    rest: Coordinates

    def holds(self, point: Point, cell: Initialization) -> bool:
        """Say whether a cell of a point is on this map."""
        return self.cell in (None, cell) and self.rest.items() <= point.coordinates.items()

    def title(self, sweep: Sweep) -> str:
        """Name what all of the map has in common."""
        name = [sweep.comparisons[0].label(self.cell)] if self.cell else []
        return ", ".join([*name, *filter(None, [words(self.rest, list(self.rest))])])


def map_rows(sweep: Sweep) -> Rows:
    """Trained share and mean score of each initializer at each point, failures included."""
    return [
        {
            **{axis: value_text(value) for axis, value in point.coordinates.items()},
            "initializer": point.comparison.label(cell),
            "trained": summary.trained / summary.n,
            "score": float(point.comparison.scores(cell).mean()),
            "networks": summary.n,
        }
        for point, cell, summary in _entries(sweep)
    ]


def sweep_map(sweep: Sweep, measure: str) -> alt.ConcatChart:
    """Draw the first two axes as a map of ``trained`` or ``score``, a panel for all else.

    Where depth is one of them, a dashed line shows how deep theory predicts networks to train: see
    :func:`initscope.comparison.boundary.trainable_depth`.
    """
    drawn = [_draw(sweep, panel, measure) for panel in panels(sweep)[:MOST_PANELS]]
    chart: Any = alt.concat(*drawn, columns=2).resolve_scale(fill="shared").configure(**theme())
    made: alt.ConcatChart = chart
    return made


def panels(sweep: Sweep) -> list[Panel]:
    """Return every map of a sweep."""
    others = list(sweep.axes)[2:]
    rest = [
        dict(zip(others, values, strict=True))
        for values in itertools.product(*(sweep.axes[name] for name in others))
    ]
    cells = sweep.base.cells if len(sweep.axes) > 1 else (None,)
    return [Panel(cell, each) for each in rest for cell in cells]


def boundary_points(sweep: Sweep, panel: Panel) -> Rows:
    """Return the predicted depth on a map, in steps of its axes; empty where there is none."""
    across, *others = sweep.axes
    up = others[0] if others else None
    if "depth" not in (across, up):
        return []
    beside = up if across == "depth" else across
    lines = _lines(sweep, panel, beside)
    if beside == "gain":
        rows = boundary_over_gain(sweep.axes["depth"], sweep.axes["gain"], lines[0])
    else:
        rows = boundary(sweep.axes["depth"], lines)
    x, y = ("depth", "beside") if across == "depth" else ("beside", "depth")
    return [{"x": row[x], "y": row[y], "part": row["part"], "step": row["step"]} for row in rows]


def _entries(sweep: Sweep) -> Iterator[tuple[Point, Initialization, Cell]]:
    for point in sweep.points:
        for cell, summary in zip(sweep.base.cells, point.cells, strict=True):
            yield point, cell, summary


def _lines(sweep: Sweep, panel: Panel, beside: str | None) -> list[Line]:
    """Return the setting and the initializer at each step beside depth, at any one depth."""
    found: dict[object, Line] = {}
    for point, cell, _ in _entries(sweep):
        if panel.holds(point, cell):
            key = point.coordinates[beside] if beside else cell
            found.setdefault(key, (point.comparison.experiment.setting, cell.hidden))
    return list(found.values())


def _draw(sweep: Sweep, panel: Panel, measure: str) -> alt.LayerChart:
    across, *others = sweep.axes
    up = others[0] if others else None
    columns = list(sweep.axes[across])
    lines: list[Any] = list(sweep.axes[up]) if up else list(sweep.base.cells)
    squares = [
        {
            "x": columns.index(point.coordinates[across]),
            "y": lines.index(point.coordinates[up] if up else cell),
            **_value(point, cell, summary, measure),
        }
        for point, cell, summary in _entries(sweep)
        if panel.holds(point, cell)
    ]
    label = sweep.comparisons[0].label
    names = [value_text(line) if up else label(line) for line in lines]
    heat = HeatMap(
        across,
        [value_text(value) for value in columns],
        up,
        names,
        bool(up) and is_ascending(lines),
    )
    return heat.draw(squares, boundary_points(sweep, panel), panel.title(sweep))


def _value(point: Point, cell: Initialization, summary: Cell, measure: str) -> dict[str, Any]:
    if measure == "trained":
        share = summary.trained / summary.n
        return {"share": share, "text": f"{share:.0%}"}
    score = float(point.comparison.scores(cell).mean())
    return {"share": score, "text": f"{score:.2f}"}
