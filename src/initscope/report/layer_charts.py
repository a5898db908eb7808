"""What is predicted along the depth of a network, with simulated networks as dots."""

from __future__ import annotations

import altair as alt

from initscope.report import palette
from initscope.report.charts_theme import Rows, theme
from initscope.report.theory_network import Network
from initscope.report.theory_text import selected

_QUANTITIES = {
    "q": "second moment q",
    "correlation": "correlation of two inputs",
    "gradient": "second moment of the gradient",
}
_MOST_NETWORKS = 20


def layer_rows(network: Network) -> Rows:
    """Predictions of every layer, with the nominal 95% interval where there is one."""
    rows: Rows = []
    for number, layer in enumerate(network.layers, start=1):
        values = {
            "q": (layer.q, layer.q_interval),
            "correlation": (layer.correlation, None),
            "gradient": (layer.gradient, layer.gradient_interval),
        }
        for name, (predicted, interval) in values.items():
            low, high = interval or (None, None)
            rows.append(
                {
                    "layer": number,
                    "quantity": name,
                    "predicted": predicted,
                    "low": low,
                    "high": high,
                    "simulated": (network.measured(name, number - 1) or (None,))[0],
                }
            )
    return rows


def network_rows(network: Network) -> Rows:
    """Simulated values at some layers of some networks."""
    found = network.simulation
    if found is None:
        return []
    return [
        {"layer": index + 1, "quantity": name, "value": float(value)}
        for name in _QUANTITIES
        for index in selected(len(network.layers))
        for value, q in list(zip(getattr(found, name)[:, index], found.q[:, index], strict=True))[
            :_MOST_NETWORKS
        ]
        if q > 0  # a signal that has vanished has no correlation
    ]


def layer_charts(network: Network) -> alt.HConcatChart:
    """Second moment, correlation and gradient along the depth: line, band and dots."""
    drawn = [
        (name, title, rows)
        for name, title in _QUANTITIES.items()
        if (rows := _drawn(network, name))
    ]
    chart: alt.HConcatChart = alt.hconcat(
        *(_panel(network, name, title, rows) for name, title, rows in drawn)
    ).configure(**theme())
    return chart


def _drawn(network: Network, name: str) -> Rows:
    """Rows of one quantity that its scale can show: a logarithm has no zero."""
    rows = [row for row in layer_rows(network) if row["quantity"] == name]
    known = [row for row in rows if row["predicted"] is not None]
    return known if name == "correlation" else [row for row in known if row["predicted"] > 0]


def _panel(network: Network, name: str, title: str, rows: Rows) -> alt.LayerChart | alt.FacetChart:
    is_correlation = name == "correlation"
    dots = [
        row
        for row in network_rows(network)
        if row["quantity"] == name and (is_correlation or row["value"] > 0)
    ]
    kind = alt.Scale(zero=False) if is_correlation else alt.Scale(type="log", nice=False)
    axis = alt.Axis(title=title, tickCount=5, format="~g")
    depth = len(network.layers)
    x = alt.X(
        "layer:Q",
        axis=alt.Axis(tickMinStep=1, tickCount=6),
        scale=alt.Scale(domain=(1 - depth / 50, depth * 1.02), nice=False),
    )
    base = alt.Chart(alt.Data(values=rows)).encode(x=x)
    blue, orange = palette.SERIES[0][0], palette.SERIES[1][0]
    line = base.mark_line(strokeWidth=2.5, color=blue)
    layers = [line.encode(y=alt.Y("predicted:Q", axis=axis, scale=kind))]
    if not is_correlation:
        band = base.mark_area(opacity=0.2, color=blue)
        layers.insert(0, band.encode(y=alt.Y("low:Q", axis=axis, scale=kind), y2="high:Q"))
    if dots:
        marks = alt.Chart(alt.Data(values=dots)).mark_point(size=14, color=orange, opacity=0.7)
        layers.append(marks.encode(x=x, y=alt.Y("value:Q", axis=axis, scale=kind)))
    return alt.layer(*layers).properties(width=270, height=240)
