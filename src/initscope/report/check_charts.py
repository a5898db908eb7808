"""The depth profile of a check as a chart: measured, predicted, and where healthy networks lie."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from initscope.report import palette
from initscope.report.charts_theme import LEGEND, Rows, scale, theme
from initscope.report.check_profile import Quantity, Stop, drawable

_TITLES: dict[Quantity, str] = {
    "signal": "second moment of the signal",
    "gradient": "squared norm of the gradient of one input",
}
_LEAST_DECADES = 2.0
_MOST_POINTS = 12  # layers up to which each has a mark
_COLOURS = {"measured": palette.SERIES[1][0], "predicted": palette.SERIES[0][0]}


def profile_rows(stops: Sequence[Stop]) -> Rows:
    """Measured and predicted second moments, a row for each layer and quantity."""
    rows: Rows = []
    for quantity in _TITLES:
        for stop in stops:
            band = stop.predicted(quantity)
            rows.append(
                {
                    "layer": stop.layer,
                    "name": stop.name,
                    "quantity": quantity,
                    "measured": stop.measured(quantity),
                    "predicted": band.second_moment if band else None,
                    "low": band.low if band else None,
                    "high": band.high if band else None,
                }
            )
    return rows


def profile_chart(stops: Sequence[Stop]) -> alt.HConcatChart | None:
    """Signal and gradient along the layers; None where there is no value to draw."""
    rows = profile_rows(stops)
    panels = [
        _panel([row for row in rows if row["quantity"] == quantity], title, len(stops))
        for quantity, title in _TITLES.items()
        if any(row["quantity"] == quantity and drawable(row["measured"]) for row in rows)
    ]
    if not panels:
        return None
    chart: alt.HConcatChart = alt.hconcat(*panels, spacing=36).configure(**theme())
    return chart


def _panel(rows: Rows, title: str, depth: int) -> alt.LayerChart | alt.FacetChart:
    kind = alt.Scale(type="log", nice=False, domain=_domain(rows))
    y_axis = alt.Axis(title=title, tickCount=6, format=".0e")
    x = alt.X(
        "layer:Q",
        axis=alt.Axis(tickMinStep=1, tickCount=min(depth, 8), format="d"),
        scale=alt.Scale(domain=(1 - depth / 50, depth * 1.02), nice=False),
    )
    lines = [
        {"layer": row["layer"], "what": what, "value": row[what]}
        for what in _COLOURS
        for row in rows
        if drawable(row[what])
    ]
    names = [what for what in _COLOURS if any(line["what"] == what for line in lines)]
    colours = alt.Scale(domain=names, range=[_COLOURS[what] for what in names])
    dashes = scale(names, palette.DASHES)
    line = (
        alt.Chart(alt.Data(values=lines))
        .mark_line(strokeWidth=2.5, point=depth <= _MOST_POINTS, clip=True)
        .encode(
            x=x,
            y=alt.Y("value:Q", axis=y_axis, scale=kind),
            color=alt.Color("what:N", scale=colours, legend=LEGEND),
            strokeDash=alt.StrokeDash("what:N", scale=dashes, legend=LEGEND),
        )
    )
    return alt.layer(*_band(rows, x, y_axis, kind), line).properties(width=400, height=260)


def _band(rows: Rows, x: alt.X, axis: alt.Axis, kind: alt.Scale) -> list[alt.Chart]:
    known = [
        {name: row[name] for name in ("layer", "low", "high")}
        for row in rows
        if drawable(row["low"]) and drawable(row["high"])
    ]
    if not known:
        return []
    area = alt.Chart(alt.Data(values=known)).mark_area(
        opacity=0.2, color=_COLOURS["predicted"], clip=True
    )
    return [area.encode(x=x, y=alt.Y("low:Q", axis=axis, scale=kind), y2="high:Q")]


def _domain(rows: Rows) -> tuple[float, float]:
    """Return what all values fit into, and at least two decades, so that noise looks flat."""
    values = [row[name] for row in rows for name in ("measured", "predicted", "low", "high")]
    known = [value for value in values if drawable(value)]
    low, high = min(known), max(known)
    middle, least = (low * high) ** 0.5, 10 ** (_LEAST_DECADES / 2)
    return min(low / 1.2, middle / least), max(high * 1.2, middle * least)
