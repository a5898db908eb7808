"""chi_1 over the plane of sigma_w and sigma_b, with the edge of chaos."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import altair as alt
import numpy as np
from numpy.typing import NDArray

from initscope.report import palette
from initscope.report.charts_theme import Rows, scale, theme
from initscope.report.theory_findings import Findings
from initscope.theory import NoCriticalPointError, PhaseDiagram, edge_of_chaos, phase_diagram

_COLUMNS, _LINES = 400, 100  # cells of the picture; those of a line that look alike are one mark
_PIXELS = (560, 300)
_COARSE = (9, 6)  # columns and lines of the table
_LIMITS = (1 / 4, 1 / 2, 4 / 5, 1, 5 / 4, 2, 4)  # symmetric around one in the logarithm
_NOWHERE = "none: q grows on"
_NAMES = (
    "below 0.25",
    "0.25 to 0.5",
    "0.5 to 0.8",
    "0.8 to 1",
    "1 to 1.25",
    "1.25 to 2",
    "2 to 4",
    "above 4",
    _NOWHERE,
)
_FILLS = [light for light, _ in (*palette.BELOW_ONE, *palette.ABOVE_ONE, palette.NOWHERE)]


def phase_rows(findings: Findings) -> Rows:
    """q* and chi_1 on a coarse grid of scales."""
    width, height = _reach(findings)
    sigma_w = np.linspace(0, width, _COARSE[0])[1:]
    diagram = phase_diagram(findings.field.activation, sigma_w, np.linspace(0, height, _COARSE[1]))
    return [
        {"sigma_b": float(b), "sigma_w": float(w), "q*": float(q), "chi_1": float(chi)}
        for b, q_line, chi_line in zip(diagram.sigma_b, diagram.q_star, diagram.chi_1, strict=True)
        for w, q, chi in zip(diagram.sigma_w, q_line, chi_line, strict=True)
    ]


def phase_chart(findings: Findings) -> alt.LayerChart:
    """Heat map of chi_1 in bands, the edge of chaos as a line, the chosen scales as a mark."""
    width, height = _reach(findings)
    axis = alt.Axis(tickCount=6, labelFlush=False, grid=False)
    x = alt.X(
        "sigma_w:Q", title="sigma_w", axis=axis, scale=alt.Scale(domain=(0, width), nice=False)
    )
    y = alt.Y(
        "sigma_b:Q", title="sigma_b", axis=axis, scale=alt.Scale(domain=(0, height), nice=False)
    )
    cells = [(np.arange(n) + 0.5) / n for n in (_COLUMNS, _LINES)]
    diagram = phase_diagram(findings.field.activation, width * cells[0], height * cells[1])
    layers = [_heat(diagram, (width, height), x, y), _edge(findings, diagram, x, y)]
    marks = _mark_rows(findings) + _label_rows(diagram)
    text = alt.Chart(alt.Data(values=marks)).encode(x=x, y=y)
    layers += [
        text.transform_filter("datum.mark").mark_point(
            shape="circle", size=90, filled=True, color=palette.INK[0], opacity=1
        ),
        text.mark_text(
            align="left", dx=9, dy=-9, fontSize=13, fontWeight=500, color=palette.INK[0]
        ).encode(text="label:N"),
    ]
    chart = alt.layer(*layers).properties(width=_PIXELS[0], height=_PIXELS[1])
    drawn: alt.LayerChart = chart.configure(**theme())
    return drawn


def _reach(findings: Findings) -> tuple[float, float]:
    """Where the axes end: beyond the chosen scales, and beyond the edge of chaos near them."""
    scales, edge = findings.scales, findings.edge_of_chaos
    near = 0.0 if isinstance(edge, str) else edge.sigma_w
    return max(4.0, 1.3 * scales.sigma_w, 1.3 * near), max(2.0, 1.3 * scales.sigma_b)


def _heat(diagram: PhaseDiagram, ends: tuple[float, float], x: alt.X, y: alt.Y) -> alt.Chart:
    rows = list(_runs(_bands(diagram.chi_1), ends))
    names = [name for name in _NAMES if any(row["chi_1"] == name for row in rows)]
    fills = scale(names, [_FILLS[_NAMES.index(name)] for name in names])
    legend = alt.Legend(
        orient="right", title="chi_1", titleColor=palette.INK[0], symbolType="square"
    )
    heat: alt.Chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(strokeWidth=0.6)  # closes the gaps that smoothing leaves between marks
        .encode(
            x=x,
            x2="sigma_w end:Q",
            y=y,
            y2="sigma_b end:Q",
            fill=alt.Fill("chi_1:N", scale=fills, legend=legend),
            stroke=alt.Stroke("chi_1:N", scale=fills, legend=None),
        )
    )
    return heat


def _bands(chi_1: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.where(np.isnan(chi_1), len(_LIMITS) + 1, np.searchsorted(_LIMITS, chi_1))


def _runs(bands: NDArray[np.intp], ends: tuple[float, float]) -> Iterator[dict[str, float | str]]:
    """Join the cells of a line that have the same colour."""
    step_w, step_b = ends[0] / bands.shape[1], ends[1] / bands.shape[0]
    for line, row in enumerate(bands):
        column = 0
        for band, run in groupby(row):
            start, column = column, column + len(list(run))
            yield {
                "sigma_w": start * step_w,
                "sigma_w end": column * step_w,
                "sigma_b": line * step_b,
                "sigma_b end": (line + 1) * step_b,
                "chi_1": _NAMES[band],
            }


def _edge(findings: Findings, diagram: PhaseDiagram, x: alt.X, y: alt.Y) -> alt.Chart:
    points = [(float(w), float(b)) for w, b in diagram.edge]
    rows = [
        {"sigma_w": w, "sigma_b": b, "step": step}
        for step, (w, b) in enumerate([*_foot(findings), *points])
        if w <= 2 * diagram.sigma_w[-1] and b <= 2 * diagram.sigma_b[-1]
    ]
    ink = palette.INK[0]
    chart: alt.Chart = alt.Chart(alt.Data(values=rows)).encode(x=x, y=y, order="step:Q")
    if len(rows) == 1:
        chart = chart.mark_point(shape="diamond", size=110, stroke=ink, strokeWidth=2, opacity=1)
    else:
        chart = chart.mark_line(strokeWidth=2.5, color=ink, clip=True)
    return chart


def _foot(findings: Findings) -> list[tuple[float, float]]:
    """Where the edge of chaos meets the axis, which the diagram's table may step over."""
    try:
        edge = edge_of_chaos(findings.field.activation)
    except NoCriticalPointError:
        return []
    return [(edge.sigma_w, 0.0)] if edge.stability == "stable" else []


def _mark_rows(findings: Findings) -> Rows:
    scales = findings.scales
    label = f"{scales.sigma_w:.3g}, {scales.sigma_b:.3g}"
    return [{"sigma_w": scales.sigma_w, "sigma_b": scales.sigma_b, "label": label, "mark": True}]


def _label_rows(diagram: PhaseDiagram) -> Rows:
    """Name the regions, each in its middle, where they are wide enough."""
    regions = {
        "ordered": diagram.chi_1 < 1,
        "chaotic": diagram.chi_1 > 1,
        "signals grow on": np.isnan(diagram.chi_1),
    }
    rows: Rows = []
    for label, region in regions.items():
        if region.mean() < 0.08:
            continue
        line, column = _middle(region)
        rows.append(
            {
                "sigma_w": float(diagram.sigma_w[column]),
                "sigma_b": float(diagram.sigma_b[line]),
                "label": label,
                "mark": False,
            }
        )
    return rows


def _middle(region: NDArray[np.bool_]) -> tuple[int, int]:
    """Return a cell well inside a region, at three quarters of the height if it is there."""
    line = int(0.75 * region.shape[0])
    if not region[line].any():
        line = int(np.flatnonzero(region.any(axis=1)).mean())
    columns = np.flatnonzero(region[line])
    return line, int(columns[len(columns) // 3])
