"""A sweep as one HTML file: a map of what trains, and the table."""

from __future__ import annotations

import altair as alt

import initscope
from initscope.comparison import Sweep
from initscope.report import compare_text, sweep_text
from initscope.report.charts_theme import Rows, svg, theme
from initscope.report.command import command
from initscope.report.page import Figure, render_page, versions


def render(sweep: Sweep) -> str:
    """Return the report of a sweep as an HTML document."""
    cells = [cell for point in sweep.points for cell in point.cells]
    return render_page(
        "compare.html.j2",
        task=compare_text.named(sweep.base.setting.data),
        title=sweep_text.title(sweep),
        columns=sweep_text.columns(sweep),
        rows=[
            {"entries": entries, "best": cell.difference_to_best is None}
            for entries, cell in zip(sweep_text.rows(sweep), cells, strict=True)
        ],
        notes=sweep_text.notes(sweep),
        figures=[
            Figure(
                "What trains where",
                "Share of the networks that train, at each combination; the table has intervals.",
                svg(trained_map(sweep)),
                trained_rows(sweep),
            )
        ],
        command=command(sweep),
        provenance=[
            f"initscope {initscope.__version__}, results in {sweep.storage}",
            versions(("torch", "numpy", "scikit-learn")),
        ],
    )


def trained_rows(sweep: Sweep) -> Rows:
    """Share of the networks that train, at each combination of axes and initializer."""
    first, *others = sweep.axes
    return [
        {
            first: str(point.coordinates[first]),
            "cell": ", ".join(
                [cell.initializer, *(f"{name} {point.coordinates[name]}" for name in others)]
            ),
            "trained": cell.trained / cell.n,
            "networks": cell.n,
        }
        for point in sweep.points
        for cell in point.cells
    ]


def trained_map(sweep: Sweep) -> alt.LayerChart:
    """Map of the trained share: the first axis across, everything else down."""
    found, (first, *_) = trained_rows(sweep), sweep.axes
    base = alt.Chart(alt.Data(values=found)).encode(
        x=alt.X(f"{first}:N", sort=None, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("cell:N", sort=None, title=None, axis=alt.Axis(labelLimit=320)),
    )
    squares = base.mark_rect().encode(
        color=alt.Color(
            "trained:Q",
            title="trained",
            scale=alt.Scale(scheme="blues", domain=[0, 1]),
            legend=alt.Legend(format="%"),
        )
    )
    shares = base.mark_text().encode(
        text=alt.Text("trained:Q", format=".0%"),
        color=alt.condition("datum.trained > 0.5", alt.value("white"), alt.value("black")),
    )
    chart: alt.LayerChart = (squares + shares).properties(width=480).configure(**theme())
    return chart
