"""The search for each initializer's learning rate, as a chart."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from initscope.comparison import Comparison
from initscope.report import palette
from initscope.report.charts_theme import LEGEND, Rows, scale
from initscope.report.drawing import Drawing
from initscope.report.multiples import multiples
from initscope.report.places import Place, left_out, shown

_LIGHTS = [light for light, _ in palette.SERIES]


def drawings(found: Sequence[Place]) -> list[Drawing]:
    """Return the chart of the search, where there was one."""
    if not all(comparison.tuning for _, comparison in found):
        return []
    rows = rate_rows(shown(found))
    return [
        Drawing(
            "rates",
            "The search for learning rates",
            "Mean score on validation data at each learning rate, failures included, with its 95% "
            f"interval; the large mark is the rate that was chosen.{left_out(found)}",
            rate_chart(rows, found[0][1]),
            rows,
        )
    ]


def rate_rows(found: Sequence[Place]) -> Rows:
    """Score of each initializer at each learning rate."""
    rows: Rows = []
    for place, comparison in found:
        for cell in comparison.experiment.cells:
            for trial in comparison.tuning.of(cell) if comparison.tuning else []:
                low, high = trial.score.ci95 or (trial.score.mean, trial.score.mean)
                rows.append(
                    {
                        **({"place": place} if place else {}),
                        "initializer": comparison.label(cell),
                        "learning rate": trial.learning_rate,
                        "score": trial.score.mean,
                        "low": low,
                        "high": high,
                        "networks": trial.n,
                        "chosen": "chosen" if trial.chosen else "",
                    }
                )
    return rows


def rate_chart(rows: Rows, comparison: Comparison) -> alt.TopLevelMixin:
    """Score against learning rate, a line for each initializer."""
    names = [comparison.label(cell) for cell in comparison.experiment.cells]
    colour = alt.Color("initializer:N", scale=scale(names, _LIGHTS), legend=LEGEND)
    dash = alt.StrokeDash("initializer:N", scale=scale(names, palette.DASHES), legend=LEGEND)
    title = "validation R²" if comparison.regression else "validation accuracy"

    def panel(mine: Rows, width: int, height: int) -> alt.LayerChart:
        base = alt.Chart(alt.Data(values=mine)).encode(
            x=alt.X(
                "learning rate:Q",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format="~g", tickCount=5, grid=False),
            ),
            color=colour,
        )
        line = base.mark_line(strokeWidth=2).encode(
            y=alt.Y("score:Q", title=title, scale=alt.Scale(zero=False)), strokeDash=dash
        )
        interval = base.mark_rule().encode(y="low:Q", y2="high:Q")
        choice = base.transform_filter("datum.chosen != ''").mark_point(
            size=130, filled=True, opacity=1
        )
        chart: alt.LayerChart = line + interval + choice.encode(y="score:Q")
        return chart.properties(width=width, height=height)

    return multiples(rows, panel)
