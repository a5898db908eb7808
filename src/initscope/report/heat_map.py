"""A map of shares in fifths: named columns and lines, a number in each cell, a line across."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from initscope.report import palette
from initscope.report.charts_theme import Rows, heading

_FIFTHS = ("below 20%", "20 to 40%", "40 to 60%", "60 to 80%", "80% or more")
_CELL = (56, 32)
_LEAST = (220, 32)
_MOST_NUMBERS = 120  # cells; of more of them the numbers stand in the table only


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The axes of a map, in steps of one from 0.

    Attributes:
        across: title of the axis to the right; None for no title.
        columns: names along it.
        up: title of the other axis.
        lines: names along it.
        upward: whether it begins at the bottom.
    """

    across: str | None
    columns: Sequence[str]
    up: str | None
    lines: Sequence[str]
    upward: bool

    def draw(self, squares: Rows, line: Rows, title: str) -> alt.LayerChart:
        """Draw the map.

        Args:
            squares: position ``x`` and ``y``, ``share`` between 0 and 1, and ``text``.
            line: points ``x`` and ``y`` of the line across, in the order of ``step``, a line for
                each ``part``; empty for none.
            title: of the map.
        """
        x = self._axis(alt.X, "x", self.across, self.columns, reverse=False)
        y = self._axis(alt.Y, "y", self.up, self.lines, reverse=not self.upward)
        layers = [_squares(squares, x, y)]
        if line:
            layers.append(_line(line, x, y))
        if len(squares) <= _MOST_NUMBERS:
            numbers = alt.Chart(alt.Data(values=squares)).mark_text(color=palette.INK[0])
            layers.append(numbers.encode(x=x, y=y, text="text:N"))
        drawn: Any = alt.layer(*layers)
        chart: alt.LayerChart = drawn.properties(
            width=max(_LEAST[0], _CELL[0] * len(self.columns)),
            height=max(_LEAST[1], _CELL[1] * len(self.lines)),
            **({"title": heading(title)} if title else {}),
        )
        return chart

    def _axis(
        self, kind: Any, field: str, title: str | None, names: Sequence[str], *, reverse: bool
    ) -> Any:
        """Return an axis of equal steps with a name at each."""
        domain = [-0.5, len(names) - 0.5]
        return kind(
            f"{field}:Q",
            title=title,
            scale=alt.Scale(domain=domain, nice=False, reverse=reverse),
            axis=alt.Axis(
                values=list(range(len(names))),
                labelExpr=f"{json.dumps(list(names))}[datum.value]",
                labelOverlap=False,
                grid=False,
                ticks=False,
                domain=False,
            ),
        )


def _squares(squares: Rows, x: Any, y: Any) -> alt.Chart:
    rows = [
        {
            "from": square["x"] - 0.5,
            "to": square["x"] + 0.5,
            "low": square["y"] - 0.5,
            "high": square["y"] + 0.5,
            "share": _FIFTHS[min(4, max(0, int(5 * square["share"])))],
        }
        for square in squares
    ]
    fills = alt.Scale(domain=list(_FIFTHS), range=[light for light, _ in palette.SHARES])
    legend = alt.Legend(
        orient="top",
        title=None,
        symbolType="square",
        symbolSize=200,
        symbolStrokeColor=palette.MUTED[0],
    )
    x, y = x.copy(), y.copy()
    x.shorthand, y.shorthand = "from:Q", "low:Q"
    chart: alt.Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(stroke=palette.PAPER[0], strokeWidth=1)
        .encode(
            x=x, x2="to:Q", y=y, y2="high:Q", fill=alt.Fill("share:N", scale=fills, legend=legend)
        )
    )
    return chart


def _line(points: Rows, x: Any, y: Any) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.Data(values=points))
        .mark_line(color=palette.SERIES[1][0], strokeWidth=3, strokeDash=[6, 3], clip=True)
        .encode(x=x, y=y, order="step:Q", detail="part:N")
    )
    return chart
