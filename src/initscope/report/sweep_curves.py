"""Scores of a sweep against its first axis, and against the epochs at each of its points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from initscope.comparison import Comparison, Sweep
from initscope.report import palette
from initscope.report.boundary_lines import is_ascending
from initscope.report.charts_theme import LEGEND, Rows, scale
from initscope.report.compare_charts import score_curve_rows
from initscope.report.multiples import multiples
from initscope.report.places import Place, value_text, words

_LIGHTS = [light for light, _ in palette.SERIES]
_MOST_EPOCHS = 20  # of a curve that is drawn, the first and the last among them


def interaction_rows(sweep: Sweep) -> Rows:
    """Mean score of one run with its interval, at each point, failures included."""
    first, *others = sweep.axes
    rows: Rows = []
    for point in sweep.points:
        for cell in sweep.base.cells:
            found = point.comparison.expected(cell)
            low, high = found.ci95 or (found.mean, found.mean)
            rows.append(
                {
                    **({"place": words(point.coordinates, others)} if others else {}),
                    "initializer": point.comparison.label(cell),
                    first: point.coordinates[first],
                    "score": found.mean,
                    "low": low,
                    "high": high,
                }
            )
    return rows


def interaction(sweep: Sweep, rows: Rows) -> alt.TopLevelMixin:
    """Mean score against the first axis, a line an initializer, a panel for the other axes."""
    first = next(iter(sweep.axes))
    numeric = is_ascending(sweep.axes[first])
    drawn = [{**row, first: row[first] if numeric else value_text(row[first])} for row in rows]
    x: Any = alt.X(f"{first}:N", sort=None, axis=alt.Axis(labelAngle=0))
    if numeric:
        kind = alt.Scale(type="log", nice=False)
        values = [float(str(value)) for value in sweep.axes[first]]
        x = alt.X(f"{first}:Q", scale=kind, axis=alt.Axis(values=values, format="~g"))
    color, dash = _by_initializer(sweep.comparisons[0])
    y_scale, title = _score_axis(sweep.comparisons[0])

    def panel(mine: Rows, width: int, height: int) -> alt.LayerChart:
        base = alt.Chart(alt.Data(values=mine)).encode(x=x, color=color)
        line = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=25, filled=True)).encode(
            y=alt.Y("score:Q", title=f"test {title}", scale=y_scale), strokeDash=dash
        )
        interval = base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
        chart: alt.LayerChart = (line + interval).properties(width=width, height=height)
        return chart

    return multiples(drawn, panel)


def curve_rows(found: Sequence[Place]) -> Rows:
    """Median test score of each initializer at up to twenty epochs, at each place."""
    rows: Rows = []
    for place, comparison in found:
        epochs = comparison.experiment.setting.training.epochs
        wanted = set(np.linspace(0, epochs, min(_MOST_EPOCHS, epochs + 1)).round().astype(int))
        rows += [
            {
                "place": place,
                "initializer": row["initializer"],
                "epoch": row["epoch"],
                "median": row["median"],
                "low": row["low"],
                "high": row["high"],
            }
            for row in score_curve_rows(comparison)
            if row["epoch"] in wanted
        ]
    return rows


def curves(rows: Rows, comparison: Comparison) -> alt.TopLevelMixin:
    """Median test score against the epoch, a panel for each place."""
    color, dash = _by_initializer(comparison)
    y_scale, title = _score_axis(comparison)

    def panel(mine: Rows, width: int, height: int) -> alt.LayerChart:
        base = alt.Chart(alt.Data(values=mine)).encode(
            x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, tickCount=5)), color=color
        )
        band = base.mark_area(opacity=0.18).encode(
            y=alt.Y("low:Q", title=f"test {title}", scale=y_scale), y2="high:Q"
        )
        line = base.mark_line(strokeWidth=2).encode(y="median:Q", strokeDash=dash)
        chart: alt.LayerChart = (band + line).properties(width=width, height=height)
        return chart

    return multiples(rows, panel)


def _by_initializer(comparison: Comparison) -> tuple[alt.Color, alt.StrokeDash]:
    names = [comparison.label(cell) for cell in comparison.experiment.cells]
    return (
        alt.Color("initializer:N", scale=scale(names, _LIGHTS), legend=LEGEND),
        alt.StrokeDash("initializer:N", scale=scale(names, palette.DASHES), legend=LEGEND),
    )


def _score_axis(comparison: Comparison) -> tuple[alt.Scale, str]:
    if comparison.regression:
        return alt.Scale(zero=False), "R²"
    return alt.Scale(domain=[0, 1]), "accuracy"
