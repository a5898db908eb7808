"""What every chart shares: colours, scales, legends, and the way to SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import altair as alt

from initscope.report import palette

Rows = list[dict[str, Any]]
"""The data of a chart, a dictionary with the same keys for each mark."""

LEGEND = alt.Legend(orient="top", title=None, symbolType="stroke", symbolSize=400, symbolOpacity=1)


def scale(names: Sequence[str], values: Sequence[Any]) -> alt.Scale:
    """Give each name a value, again from the first where the values run out."""
    return alt.Scale(domain=list(names), range=[v for v, _ in zip(cycle(values), names)])


def theme() -> Mapping[str, Any]:
    """Return Vega-Lite's configuration, in the light colours."""
    text = {"labelColor": palette.MUTED[0], "titleColor": palette.INK[0], "titleFontWeight": 500}
    return {
        "background": "transparent",
        "font": "Helvetica, Arial, Liberation Sans, sans-serif",
        "view": {"stroke": None},
        "axis": {
            **text,
            "gridColor": palette.GRID[0],
            "domainColor": palette.GRID[0],
            "tickColor": palette.GRID[0],
            "labelFontSize": 12,
            "labelLimit": 400,
            "titleFontSize": 13,
        },
        "legend": {"labelColor": palette.INK[0], "labelFontSize": 13, "labelLimit": 400},
        "header": {"labelFontSize": 13, "labelLimit": 400},
    }


def heading(text: str) -> alt.Title:
    """Return the title of one panel among others."""
    return alt.Title(text, fontSize=13, fontWeight=500, anchor="start", color=palette.INK[0])


def svg(chart: alt.TopLevelMixin) -> str:
    """Render a chart as SVG text, without a browser or a network."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_json()))
