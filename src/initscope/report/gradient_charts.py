"""Norms of the gradient layer by layer, at the first step of training and at the last."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np

from initscope.comparison import Comparison
from initscope.report import palette
from initscope.report.charts_theme import LEGEND, Rows, scale
from initscope.report.drawing import Drawing
from initscope.report.multiples import multiples
from initscope.report.places import Place, left_out, shown
from initscope.training import Initialization

STEPS = ("first step", "last step")
_LIGHTS = [light for light, _ in palette.SERIES]


def drawings(found: Sequence[Place]) -> list[Drawing]:
    """Return the chart of gradient norms, where networks have them."""
    rows = gradient_rows(shown(found))
    if not rows:
        return []
    return [
        Drawing(
            "gradients",
            "Gradient norms layer by layer",
            "Median norm of the gradient of each weight matrix, from the first layer to the head, "
            "over the networks in which it is finite and not zero, at the first step of training "
            f"and at the last.{left_out(found)}",
            gradient_chart(rows, found[0][1]),
            rows,
        )
    ]


def gradient_rows(found: Sequence[Place]) -> Rows:
    """Median norm of each initializer's gradient in each layer, at both steps."""
    return [
        {
            "place": f"{place}, {step}" if place else step,
            "initializer": comparison.label(cell),
            **row,
        }
        for place, comparison in found
        for index, step in enumerate(STEPS)
        for cell in comparison.experiment.cells
        for row in _medians(comparison, cell, index)
    ]


def _medians(comparison: Comparison, cell: Initialization, step: int) -> Rows:
    pairs = [record.gradient_norms for record in comparison.of(cell)]
    norms = [pair[step] for pair in pairs if pair]
    layers = [[value for value in values if value] for values in zip(*norms, strict=True)]
    return [
        {"layer": layer, "norm": float(np.median(known)), "networks": len(known)}
        for layer, known in enumerate(layers, start=1)
        if known
    ]


def gradient_chart(rows: Rows, comparison: Comparison) -> alt.TopLevelMixin:
    """Norm against layer, a panel for each step and a line for each initializer."""
    names = [comparison.label(cell) for cell in comparison.experiment.cells]

    def panel(mine: Rows, width: int, height: int) -> alt.Chart:
        chart: alt.Chart = (
            alt.Chart(alt.Data(values=mine))
            .mark_line(strokeWidth=2)
            .encode(
                x=alt.X("layer:Q", axis=alt.Axis(tickMinStep=1, tickCount=6)),
                y=alt.Y(
                    "norm:Q",
                    title="gradient norm",
                    scale=alt.Scale(type="log"),
                    axis=alt.Axis(format=".0e", tickCount=5),
                ),
                color=alt.Color("initializer:N", scale=scale(names, _LIGHTS), legend=LEGEND),
                strokeDash=alt.StrokeDash(
                    "initializer:N", scale=scale(names, palette.DASHES), legend=LEGEND
                ),
            )
            .properties(width=width, height=height)
        )
        return chart

    return multiples(rows, panel)
