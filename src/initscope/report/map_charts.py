"""Charts of the maps that a layer applies to the second moment and to the correlation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import altair as alt
import numpy as np

from initscope.report import palette
from initscope.report.charts_theme import LEGEND, Rows, scale, theme
from initscope.report.theory_text import stability
from initscope.theory import FixedPoint, MeanField

_POINTS = 101
_STEPS = 12  # layers that are followed
_FAR = 4.0  # fixed points beyond this multiple of where signals go are left out of the picture
_LINES = ("one layer", "unchanged", "layer by layer")


def variance_rows(field: MeanField) -> Rows:
    """Second moments before and after a layer."""
    grid = np.linspace(0, _reach(field), _POINTS)
    return [{"q": float(q), "next q": field.variance_map(float(q))} for q in grid]


def variance_map(field: MeanField) -> alt.LayerChart:
    """The variance map with the diagonal, its fixed points, and the way of q = 1."""
    rows = [(row["q"], row["next q"]) for row in variance_rows(field)]
    points = [point for point in field.fixed_points if point.value <= rows[-1][0]]
    path = _path(field.variance_map, 1.0, rows[-1][0])
    titles = ("second moment q", "after one more layer")
    return _chart(rows, points, path, titles, (0, rows[-1][0]))


def correlation_rows(field: MeanField) -> Rows:
    """Correlations before and after a layer."""
    grid = np.linspace(-1, 1, _POINTS)
    return [{"c": float(c), "next c": field.correlation_map(float(c))} for c in grid]


def correlation_map(field: MeanField) -> alt.LayerChart:
    """The correlation map at q* with the diagonal, its fixed points, and the way of c = 0."""
    rows = [(row["c"], row["next c"]) for row in correlation_rows(field)]
    path = _path(lambda c: field.correlation_map(min(c, 1.0)), 0.0, 1.0)
    titles = ("correlation c of two inputs", "after one more layer")
    return _chart(rows, field.correlation_fixed_points, path, titles, (-1, 1))


def _reach(field: MeanField) -> float:
    """Where the chart of the variance map ends: beyond 1, q*, and fixed points near them."""
    start = max(1.0, field.q_star) if np.isfinite(field.q_star) else 1.0
    near = [point.value for point in field.fixed_points if point.value < _FAR * start]
    return 1.5 * max(start, *near, 1.0)


def _path(step: Callable[[float], float], start: float, limit: float) -> list[tuple[float, float]]:
    """Corners of the staircase between the map and the diagonal."""
    corners, value = [(start, start)], start
    for _ in range(_STEPS):
        following = step(value)
        if following > limit:
            break
        corners += [(value, following), (following, following)]
        value = following
    return corners


def _chart(
    curve: Sequence[tuple[float, float]],
    points: Sequence[FixedPoint],
    path: Sequence[tuple[float, float]],
    titles: tuple[str, str],
    domain: tuple[float, float],
) -> alt.LayerChart:
    diagonal = [(end, end) for end in domain]
    kind, axis = alt.Scale(domain=domain, nice=False), alt.Axis(tickCount=6, labelFlush=False)
    x = alt.X("x:Q", title=titles[0], scale=kind, axis=axis)
    y = alt.Y("y:Q", title=titles[1], scale=kind, axis=axis)
    lines = (
        alt.Chart(alt.Data(values=_line_rows((curve, diagonal, path))))
        .mark_line(clip=True)
        .encode(
            x=x,
            y=y,
            order="step:Q",
            color=alt.Color("line:N", scale=scale(_LINES, _COLOURS), legend=LEGEND),
            strokeDash=alt.StrokeDash("line:N", scale=scale(_LINES, _DASHES), legend=LEGEND),
            strokeWidth=alt.StrokeWidth("line:N", scale=scale(_LINES, (2.5, 1, 1.5)), legend=None),
        )
    )
    chart = alt.layer(lines, *([_marks(points, x, y)] if points else []))
    drawn: alt.LayerChart = chart.properties(width=420, height=420).configure(**theme())
    return drawn


_COLOURS = (palette.SERIES[0][0], palette.MUTED[0], palette.SERIES[1][0])
_DASHES = ([1, 0], [5, 4], [1, 0])


def _line_rows(lines: Sequence[Sequence[tuple[float, float]]]) -> Rows:
    return [
        {"x": x, "y": y, "line": name, "step": step}
        for name, line in zip(_LINES, lines, strict=True)
        for step, (x, y) in enumerate(line)
    ]


def _marks(points: Sequence[FixedPoint], x: alt.X, y: alt.Y) -> alt.Chart:
    """Fixed points: full where they draw, hollow where they do not."""
    rows = [{"x": p.value, "y": p.value, "fixed point": stability(p)} for p in points]
    names = sorted({stability(point) for point in points})
    ink, paper = palette.INK[0], palette.PAPER[0]
    legend = alt.Legend(orient="top", title="fixed point:", titleColor=ink, titleFontWeight=400)
    fills = {"stable": ink, "unstable": paper, "marginal": paper}
    shapes = {"stable": "circle", "unstable": "circle", "marginal": "diamond"}
    marks: alt.Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(size=110, stroke=ink, strokeWidth=1.5, opacity=1)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill(
                "fixed point:N", scale=scale(names, [fills[n] for n in names]), legend=legend
            ),
            shape=alt.Shape(
                "fixed point:N", scale=scale(names, [shapes[n] for n in names]), legend=legend
            ),
        )
    )
    return marks
