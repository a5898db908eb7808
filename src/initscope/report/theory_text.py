"""The theory of an activation in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from initscope.report import numbers
from initscope.report.numbers import significant
from initscope.report.tables import Entry, fitted
from initscope.report.theory_findings import Findings
from initscope.report.theory_network import Network
from initscope.report.theory_reading import reading
from initscope.theory import FixedPoint
from initscope.theory.mean_field import CRITICAL

Line = tuple[str, str, str]
"""A name, its value, and what it means."""

_PHASES = {
    "ordered": "gradients vanish",
    "critical": "gradients are kept",
    "chaotic": "gradients explode",
}
_MOST_LAYERS = 12


def title(findings: Findings) -> str:
    """Say in one line what the theory was applied to."""
    scales = findings.scales
    origin = f" ({scales.origin})" if scales.origin else ""
    return (
        f"{findings.name}: sigma_w {significant(scales.sigma_w)}, "
        f"sigma_b {significant(scales.sigma_b)}{origin}"
    )


def lines(findings: Findings) -> list[Line]:
    """Return what the theory says, a line for each number."""
    field = findings.field
    return [
        ("phase", field.phase, _PHASES[field.phase]),
        ("q_star", significant(field.q_star), "second moment of deep layers"),
        ("  fixed points", _points(field.fixed_points, field.is_scale_free), "of the variance map"),
        ("chi_1", significant(field.chi_1), "growth of gradients, a layer"),
        ("chi_parallel", significant(field.chi_parallel), "growth of q - q_star, a layer"),
        ("xi_q", _layers(field.xi_q), "in which it falls by e"),
        ("c_star", significant(field.c_star), "correlation of deep layers"),
        (
            "  fixed points",
            _points(field.correlation_fixed_points, everywhere=field.q_star == 0),
            "of the correlation map",
        ),
        ("chi_c", significant(field.chi_c), "growth of c - c_star, a layer"),
        ("xi_c", _layers(field.xi_c), "in which it falls by e"),
        ("critical point", _critical(findings), "both susceptibilities are 1"),
        ("edge of chaos", _edge(findings), "chi_1 is 1 for this sigma_b"),
        ("gains", _gains(findings), "see initscope gain"),
    ]


def notes(findings: Findings) -> list[str]:
    """Return the reasons for what does not exist."""
    found = (findings.critical_point, findings.edge_of_chaos)
    reasons = [f"{reason}." for reason in found if isinstance(reason, str)]
    return [*reasons, *_missed(findings)]


def network_title(network: Network) -> str:
    """Say in one line which network was predicted."""
    plan = network.plan
    return (
        f"{plan.depth} layers of {plan.width} units; inputs of second moment "
        f"{significant(plan.q)} and correlation {significant(plan.correlation)}"
    )


def network_columns(network: Network) -> list[Entry]:
    """Headings of the table of layers."""
    simulated: list[Entry] = [("simulated",)] if network.simulation else []
    moment: list[Entry] = [("q", "95%"), *simulated]
    return [("layer",), *moment, ("correlation",), *simulated, ("gradient", "95%"), *simulated]


def network_entries(network: Network, index: int) -> list[Entry]:
    """Return the line of one layer, an entry a column."""
    layer = network.layers[index]
    columns: list[tuple[str, float | None, tuple[float, float] | None]] = [
        ("q", layer.q, layer.q_interval),
        ("correlation", layer.correlation, None),
        ("gradient", layer.gradient, layer.gradient_interval),
    ]
    entries: list[Entry] = [(str(index + 1),)]
    for name, value, interval in columns:
        entries.append((significant(value), _interval(interval)))
        if network.simulation:
            entries.append(_measured(network, name, index))
    return entries


def network_notes(network: Network) -> list[str]:
    """Say what the columns mean."""
    found = [
        "q: second moment of the preactivations. gradient: its second moment, if that at the last "
        "layer is one. 95%: where q lies in 95% of all networks of this width, and the gradient in "
        "about 90% to 95%, since how it depends on the signal is left out."
    ]
    if network.simulation:
        count = len(network.simulation.q)
        found.append(
            f"simulated: mean of {count} networks with Gaussian weights ± its standard error; it "
            "differs from the prediction by order 1 / width besides."
        )
    return found


def print_theory(findings: Findings, console: Console) -> None:
    """Print what the theory says of the activation, and of the network where there is one."""
    console.print(Text(title(findings), style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(style="dim")
    for line in lines(findings):
        table.add_row(*map(Text, line))
    console.print(table)
    for note in notes(findings):
        console.print(Text(note, style="dim"))
    console.print(Text(reading(findings)))
    if findings.network:
        console.print()
        _print_network(findings.network, console)


def _print_network(network: Network, console: Console) -> None:
    console.print(Text(network_title(network), style="bold"))
    rows = [network_entries(network, index) for index in selected(len(network.layers))]
    console.print(fitted(console, network_columns(network), rows))
    for note in network_notes(network):
        console.print(Text(note, style="dim"))


def selected(count: int) -> list[int]:
    """Return which of so many layers are shown: all, or the first, the last and some between.

    >>> selected(3), len(selected(100))
    ([0, 1, 2], 12)
    """
    shown = np.linspace(0, count - 1, min(count, _MOST_LAYERS))
    return [int(index) for index in shown.round()]


def stability(point: FixedPoint) -> str:
    """Say whether values near a fixed point are drawn to it; at slope one, that it decides nothing.

    >>> stability(FixedPoint(0.0, 1.0, False))
    'marginal'
    """
    if abs(abs(point.slope) - 1) <= CRITICAL:
        return "marginal"
    return "stable" if point.stable else "unstable"


def _points(points: Sequence[FixedPoint], everywhere: bool) -> str:
    if not points:
        return "every value" if everywhere else "none"
    return "\n".join(
        f"{significant(point.value)} (slope {significant(point.slope)}, {stability(point)})"
        for point in points
    )


def _missed(findings: Findings) -> list[str]:
    """Say where the critical scales do not lead to the critical point."""
    point, field = findings.critical_point, findings.field
    if isinstance(point, str) or point.stability == "neutral":
        return []
    at = (point.sigma_w, point.sigma_b) == (field.sigma_w, field.sigma_b)
    if not at or math.isclose(point.q_star, field.q_star, rel_tol=CRITICAL):
        return []
    return [
        f"The critical point is {point.stability}: from the second moment 1 signals come to "
        f"{significant(field.q_star)}, not to its {significant(point.q_star)}."
    ]


def _layers(scale: float) -> str:
    return f"{significant(scale, 3)} layers"


def _critical(findings: Findings) -> str:
    point = findings.critical_point
    if isinstance(point, str):
        return "none"
    q_star = "any q" if point.stability == "neutral" else f"q_star {significant(point.q_star)}"
    return (
        f"sigma_w {significant(point.sigma_w)}, sigma_b {significant(point.sigma_b)}\n"
        f"{q_star} ({point.stability})"
    )


def _edge(findings: Findings) -> str:
    edge = findings.edge_of_chaos
    if isinstance(edge, str):
        return "none"
    q_star = "any q" if edge.stability == "neutral" else f"q_star {significant(edge.q_star)}"
    return f"sigma_w {significant(edge.sigma_w)}, {q_star} ({edge.stability})"


def _gains(findings: Findings) -> str:
    found = findings.gains
    return (
        f"forward {significant(found.forward)}, backward {significant(found.backward)}\n"
        f"PyTorch {significant(found.pytorch)}"
    )


def _interval(bounds: tuple[float, float] | None) -> str:
    return f"[{significant(bounds[0], 3)}, {significant(bounds[1], 3)}]" if bounds else ""


def _measured(network: Network, name: str, index: int) -> Entry:
    measured = network.measured(name, index)
    if measured is None:
        return (numbers.MISSING,)
    mean, error = measured
    return (significant(mean), f"± {significant(error, 2)}" if error is not None else "")
