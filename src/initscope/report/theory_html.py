"""The theory of an activation as one HTML file."""

from __future__ import annotations

import shlex
from typing import Any

import initscope
from initscope.report import layer_charts, map_charts, phase_charts, theory_text
from initscope.report.charts_theme import Rows, svg
from initscope.report.numbers import significant
from initscope.report.page import Figure, render_page, versions
from initscope.report.theory_findings import Findings
from initscope.report.theory_network import Network
from initscope.report.theory_reading import reading


def render(findings: Findings) -> str:
    """Return the theory of an activation as an HTML document."""
    return render_page(
        "theory.html.j2",
        name=findings.name,
        title=theory_text.title(findings),
        lines=theory_text.lines(findings),
        reading=reading(findings),
        notes=theory_text.notes(findings),
        figures=_figures(findings),
        command=command(findings),
        provenance=[f"initscope {initscope.__version__}", versions(("numpy", "scipy"))],
    )


def command(findings: Findings) -> str:
    """Return the command line that gives the same numbers again."""
    scales, network = findings.scales, findings.network
    words = ["initscope", "theory", findings.name]
    words += ["--sigma-w", repr(scales.sigma_w), "--sigma-b", repr(scales.sigma_b)]
    if network:
        plan = network.plan
        words += ["--depth", str(plan.depth), "--width", str(plan.width)]
        words += ["--input-second-moment", repr(plan.q), "--correlation", repr(plan.correlation)]
        words += ["--simulate", str(plan.networks)]
    return shlex.join(words)


def _figures(findings: Findings) -> list[Figure]:
    network = findings.network
    return [
        _variance(findings),
        _phase(findings),
        *([_layers(network)] if network else []),
        _correlation(findings),
    ]


def _variance(findings: Findings) -> Figure:
    return Figure(
        "Variance map",
        "The second moment of the preactivations before and after a layer. Where the curve meets "
        "the dashed diagonal it is kept: full marks draw signals, hollow ones do not. The stairs "
        "start at 1.",
        svg(map_charts.variance_map(findings.field)),
        _written(map_charts.variance_rows(findings.field)),
    )


def _phase(findings: Findings) -> Figure:
    return Figure(
        "Phase diagram",
        "chi_1, the factor on the gradient's second moment in a layer, over the scales of weights "
        "and biases. The line (a diamond where it is a single point) is the edge of chaos, where "
        "gradients neither vanish nor explode; the dot marks the scales of this page.",
        svg(phase_charts.phase_chart(findings)),
        _written(phase_charts.phase_rows(findings)),
    )


def _layers(network: Network) -> Figure:
    dots = f" Dots: {len(network.simulation.q)} random networks." if network.simulation else ""
    return Figure(
        "Layer by layer",
        f"{theory_text.network_title(network)}. Lines are predictions, bands hold 95% of all "
        f"networks, the gradient's 90% to 95%.{dots} The gradient's second moment is one at the "
        "last layer.",
        svg(layer_charts.layer_charts(network)),
        _written(layer_charts.layer_rows(network)),
    )


def _correlation(findings: Findings) -> Figure:
    return Figure(
        "Correlation map",
        "The correlation of two inputs before and after a layer, both at the second moment q_star. "
        "The stairs start at 0.",
        svg(map_charts.correlation_map(findings.field)),
        _written(map_charts.correlation_rows(findings.field)),
    )


def _written(rows: Rows) -> Rows:
    return [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: Any) -> Any:
    return significant(value) if value is None or isinstance(value, float) else value
