"""The charts of questions' pages, from what was measured for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from initscope.report import palette
from initscope.report.charts_theme import LEGEND, scale, theme

_PIXELS = (620, 260)


def chart(measured: Mapping[str, Any]) -> alt.LayerChart:
    """Draw the lines of one chart.

    Args:
        measured: its `lines`, each with `name`, `x` and `y`; the `titles` of the axes; and whether
            the vertical one `is_logarithmic`.
    """
    names = [line["name"] for line in measured["lines"]]
    across, up = measured["titles"]
    vertical = alt.Scale(type="log") if measured["is_logarithmic"] else alt.Scale(zero=False)
    axis = alt.Axis(format=".0e", tickCount=6) if measured["is_logarithmic"] else alt.Axis()
    steps, wide = alt.Axis(tickMinStep=1), alt.Scale(zero=False)
    colours = scale(names, [light for light, _ in palette.SERIES])
    lines = (
        alt.Chart(alt.Data(values=_rows(measured)))
        .mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=24))
        .encode(
            x=alt.X("x:Q", title=across, axis=steps, scale=wide),
            y=alt.Y("y:Q", title=up, scale=vertical, axis=axis),
            color=alt.Color("line:N", scale=colours, legend=LEGEND),
            strokeDash=alt.StrokeDash("line:N", scale=scale(names, palette.DASHES), legend=LEGEND),
        )
    )
    width, height = _PIXELS
    drawn: alt.LayerChart = (
        alt.layer(lines).properties(width=width, height=height).configure(**theme())
    )
    return drawn


def _rows(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"x": x, "y": y, "line": line["name"]}
        for line in measured["lines"]
        for x, y in zip(line["x"], line["y"], strict=True)
        if y is not None
    ]
