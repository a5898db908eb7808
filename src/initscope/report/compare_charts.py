"""Charts of a comparison, built once for reports, notebooks and the lab."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from initscope.comparison import Comparison
from initscope.report import palette
from initscope.report.charts_theme import LEGEND, Rows, scale, theme

_CURVES = {
    "train_loss": "training loss",
    "test_loss": "test loss",
    "test_accuracy": "test accuracy",
}
_SCORE = "test_accuracy"
_BAND = (10, 90)  # percentiles of the networks
_LIGHTS = [light for light, _ in palette.SERIES]


def _titles(comparison: Comparison) -> dict[str, str]:
    return {**_CURVES, _SCORE: f"test {_score(comparison)}"}


def _score(comparison: Comparison) -> str:
    return "R²" if comparison.regression else "accuracy"


def curve_rows(comparison: Comparison) -> Rows:
    """Median of each curve at each epoch, and the band that holds four networks of five."""
    rows: Rows = []
    for cell in comparison.experiment.cells:
        records = comparison.of(cell)
        for field, title in _titles(comparison).items():
            curves = np.array([getattr(record, field) for record in records], dtype=float)
            first = 0 if field.startswith("test") else 1
            for epoch, values in enumerate(curves.T, start=first):
                finite = values[np.isfinite(values)]
                if finite.size:
                    low, middle, high = np.percentile(finite, (_BAND[0], 50, _BAND[1]))
                    rows.append(
                        {
                            "initializer": comparison.label(cell),
                            "curve": title,
                            "epoch": epoch,
                            "low": float(low),
                            "median": float(middle),
                            "high": float(high),
                            "networks": int(finite.size),
                        }
                    )
    return rows


def score_curve_rows(comparison: Comparison) -> Rows:
    """Return the rows of the test score only."""
    title = _titles(comparison)[_SCORE]
    return [row for row in curve_rows(comparison) if row["curve"] == title]


def learning_curves(comparison: Comparison) -> alt.HConcatChart:
    """Median curve of each initializer, with a band that holds four networks of five."""
    rows = curve_rows(comparison)
    chart: alt.HConcatChart = alt.hconcat(
        *(
            _curve([row for row in rows if row["curve"] == title], title, _names(comparison))
            for title in _titles(comparison).values()
        )
    ).configure(**theme())
    return chart


def accuracy_rows(comparison: Comparison) -> Rows:
    """How many networks of each initializer end at each test accuracy, in bins."""
    edges = np.linspace(_least_score(comparison), 1, 41)
    rows: Rows = []
    for cell in comparison.experiment.cells:
        final = [record.test_accuracy[-1] for record in comparison.of(cell)]
        values = [value for value in final if value is not None]
        counts, _ = np.histogram(values, bins=edges)
        rows += [
            {
                "initializer": comparison.label(cell),
                "from": float(a),
                "to": float(b),
                "networks": int(count),
            }
            for a, b, count in zip(edges, edges[1:], counts, strict=False)
            if count
        ]
    return rows


def _least_score(comparison: Comparison) -> float:
    """Return where the axis of scores begins: R squared may be below 0, outliers are not shown."""
    if not comparison.regression:
        return 0.0
    final = [record.test_accuracy[-1] for record in comparison.records]
    return min(0.0, float(np.percentile([value for value in final if value is not None] or [0], 2)))


def accuracy_distributions(comparison: Comparison) -> alt.FacetChart:
    """Histogram of the final test accuracy, a row for each initializer."""
    names = _names(comparison)
    bars = (
        alt.Chart(alt.Data(values=accuracy_rows(comparison)))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X(
                "from:Q",
                bin="binned",
                title=f"test {_score(comparison)}",
                scale=alt.Scale(domain=[_least_score(comparison), 1]),
            ),
            x2="to:Q",
            y=alt.Y("networks:Q", title="networks", axis=alt.Axis(tickCount=3)),
            color=alt.Color("initializer:N", scale=scale(names, _LIGHTS), legend=None),
        )
        .properties(width=640, height=60)
    )
    facet = alt.Row(
        "initializer:N",
        sort=names,
        title=None,
        header=alt.Header(labelAngle=0, labelAlign="left", labelColor=palette.INK[0]),
    )
    chart: alt.FacetChart = bars.facet(row=facet).configure(**theme())
    return chart


def outcome_rows(comparison: Comparison) -> Rows:
    """Share of each outcome for each initializer."""
    return [
        {
            "initializer": comparison.label(initialization),
            "outcome": outcome,
            "networks": getattr(cell, outcome),
            "share": getattr(cell, outcome) / cell.n,
            "order": order,
        }
        for initialization, cell in zip(comparison.experiment.cells, comparison.cells, strict=True)
        for order, outcome in enumerate(palette.OUTCOMES)
    ]


def outcome_bars(comparison: Comparison) -> alt.LayerChart:
    """Trained, stuck and diverged networks, with the Wilson interval of the failure rate."""
    names = _names(comparison)
    y = alt.Y("initializer:N", sort=names, title=None)
    bars = (
        alt.Chart(alt.Data(values=outcome_rows(comparison)))
        .mark_bar(height=18)
        .encode(
            x=alt.X("share:Q", title="share of the networks", axis=alt.Axis(format="%")),
            y=y,
            order="order:Q",
            color=alt.Color(
                "outcome:N",
                title=None,
                scale=alt.Scale(
                    domain=list(palette.OUTCOMES),
                    range=[light for light, _ in palette.OUTCOMES.values()],
                ),
                legend=alt.Legend(orient="top"),
            ),
        )
    )
    whiskers = (
        alt.Chart(alt.Data(values=_trained_intervals(comparison)))
        .mark_rule(color=palette.WHISKER, strokeWidth=2)
        .encode(x="low:Q", x2="high:Q", y=y)
    )
    chart: alt.LayerChart = (bars + whiskers).properties(width=640).configure(**theme())
    return chart


def _trained_intervals(comparison: Comparison) -> Rows:
    """The failure rate's interval, seen from the other end: that of the share that trained."""
    return [
        {
            "initializer": comparison.label(initialization),
            "low": 1 - cell.failure_rate.ci95[1],
            "high": 1 - cell.failure_rate.ci95[0],
        }
        for initialization, cell in zip(comparison.experiment.cells, comparison.cells, strict=True)
    ]


def _curve(rows: Rows, title: str, names: Sequence[str]) -> alt.LayerChart:
    y_scale = alt.Scale(type="log") if title.endswith("loss") else alt.Scale()
    if title.endswith("accuracy"):
        y_scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, tickCount=6)),
        color=alt.Color("initializer:N", scale=scale(names, _LIGHTS), legend=LEGEND),
    )
    band = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=title, scale=y_scale),
        y2="high:Q",
    )
    line = base.mark_line(strokeWidth=2).encode(
        y="median:Q",
        strokeDash=alt.StrokeDash(
            "initializer:N", scale=scale(names, palette.DASHES), legend=LEGEND
        ),
    )
    chart: alt.LayerChart = (band + line).properties(width=280, height=240)
    return chart


def _names(comparison: Comparison) -> list[str]:
    return [comparison.label(cell) for cell in comparison.experiment.cells]
