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
    lines = measured["lines"]
    names = [line["name"] for line in lines]
    rows = [
        {"x": x, "y": y, "line": line["name"]}
        for line in lines
        for x, y in zip(line["x"], line["y"], strict=True)
        if y is not None
    ]
    across, up = measured["titles"]
    vertical = alt.Scale(type="log") if measured["is_logarithmic"] else alt.Scale(zero=False)
    axis = alt.Axis(format=".0e", tickCount=6) if measured["is_logarithmic"] else alt.Axis()
    drawn: alt.LayerChart = (
        alt.layer(
            alt.Chart(alt.Data(values=rows))
            .mark_line(strokeWidth=2.2, point=alt.OverlayMarkDef(size=24))
            .encode(
                x=alt.X(
                    "x:Q", title=across, axis=alt.Axis(tickMinStep=1), scale=alt.Scale(zero=False)
                ),
                y=alt.Y("y:Q", title=up, scale=vertical, axis=axis),
                color=alt.Color(
                    "line:N",
                    scale=scale(names, [light for light, _ in palette.SERIES]),
                    legend=LEGEND,
                ),
                strokeDash=alt.StrokeDash(
                    "line:N", scale=scale(names, palette.DASHES), legend=LEGEND
                ),
            )
        )
        .properties(width=_PIXELS[0], height=_PIXELS[1])
        .configure(**theme())
    )
    return drawn
