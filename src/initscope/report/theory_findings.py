"""Everything that the theory says about an activation at given scales, and about a network."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from initscope.errors import InputError
from initscope.report import plain
from initscope.theory import (
    Activation,
    CriticalPoint,
    EdgeOfChaos,
    Gains,
    Layer,
    MeanField,
    NoCriticalPointError,
    Simulation,
    critical_point,
    edge_of_chaos,
    gain,
    gains,
    predict_layers,
    simulate,
)

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Scales:
    """Standard deviations of the weights, times sqrt(fan_in), and of the biases.

    Attributes:
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases.
        origin: how they were chosen, in words; empty where both were given.
    """

    sigma_w: float
    sigma_b: float
    origin: str = ""


def choose(f: Activation, sigma_w: float | None, sigma_b: float | None) -> Scales:
    """Fill in the scales that were not given.

    Without any, the critical point; with biases alone, the edge of chaos; where these do not
    exist, the forward gain.
    """
    if sigma_w is not None:
        return Scales(sigma_w, sigma_b or 0.0)
    try:
        if sigma_b is None:
            point = critical_point(f)
            return Scales(point.sigma_w, point.sigma_b, "the critical point")
        return Scales(edge_of_chaos(f, sigma_b).sigma_w, sigma_b, "on the edge of chaos")
    except NoCriticalPointError:
        missing = "no critical point" if sigma_b is None else "no edge of chaos"
        return Scales(gain(f), sigma_b or 0.0, f"{missing}: sigma_w is the forward gain")


@dataclass(frozen=True, slots=True)
class Plan:
    """A network to predict, and how many to simulate.

    Attributes:
        depth: number of layers.
        width: units of each, and of the input.
        q: second moment of the inputs.
        correlation: of two inputs.
        networks: how many are simulated.
    """

    depth: int
    width: int
    q: float = 1.0
    correlation: float = 0.5
    networks: int = 0

    def __post_init__(self) -> None:
        for name, value, least in (
            ("depth", self.depth, 1),
            ("width", self.width, 2),
            ("simulate", self.networks, 0),
        ):
            if value < least:
                raise InputError(f"{name} {value}: expected a whole number from {least}")
        if self.networks:
            self._require_memory()

    @property
    def widths(self) -> list[int]:
        """Widths of the input and of every layer."""
        return [self.width] * (self.depth + 1)

    def _require_memory(self) -> None:
        needed = 4 * self.depth * self.width**2
        present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > present / 2:
            raise InputError(
                f"a network of this size needs {needed / 2**30:.0f} GiB to simulate, this machine "
                f"has {present / 2**30:.0f}: choose a smaller width, or fewer layers"
            )


@dataclass(frozen=True, slots=True)
class Network:
    """A network's layers as predicted, and as simulated where that was asked for."""

    plan: Plan
    layers: tuple[Layer, ...]
    simulation: Simulation | None

    def measured(self, name: str, index: int) -> tuple[float, float | None] | None:
        """Return the mean of a simulated quantity at a layer, and its standard error."""
        if self.simulation is None:
            return None
        values = getattr(self.simulation, name)[:, index]
        if len(values) == 1:
            return float(values[0]), None
        return float(values.mean()), float(values.std(ddof=1) / len(values) ** 0.5)


@dataclass(frozen=True)
class Findings:
    """The theory of one activation at one pair of scales."""

    field: MeanField
    scales: Scales
    network: Network | None = None

    @property
    def name(self) -> str:
        """The activation's name."""
        return self.field.activation.name

    @cached_property
    def gains(self) -> Gains:
        """Gains at q = 1."""
        return gains(self.field.activation)

    @cached_property
    def critical_point(self) -> CriticalPoint | str:
        """The critical point, or the reason why there is none."""
        try:
            return critical_point(self.field.activation)
        except NoCriticalPointError as reason:
            return str(reason)

    @cached_property
    def edge_of_chaos(self) -> EdgeOfChaos | str:
        """The edge of chaos for these biases, or the reason why there is none."""
        try:
            return edge_of_chaos(self.field.activation, self.scales.sigma_b)
        except NoCriticalPointError as reason:
            return str(reason)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data; null stands for infinity, and for what is not there."""
        field = self.field
        result = {
            "schema_version": SCHEMA_VERSION,
            "activation": self.name,
            **asdict(self.scales),
            **{name: getattr(field, name) for name in _NUMBERS},
            "fixed_points": [asdict(point) for point in field.fixed_points],
            "correlation_fixed_points": [asdict(p) for p in field.correlation_fixed_points],
            **_or_reason("critical_point", self.critical_point),
            **_or_reason("edge_of_chaos", self.edge_of_chaos),
            "gains": asdict(self.gains),
            "layers": layer_dicts(self.network) if self.network else None,
        }
        return plain.finite(result)  # type: ignore[no-any-return]


_NUMBERS = (
    "phase",
    "q_star",
    "chi_1",
    "chi_parallel",
    "c_star",
    "chi_c",
    "xi_q",
    "xi_c",
    "is_scale_free",
)


def find(f: Activation, scales: Scales) -> Findings:
    """Apply the theory to an activation at given scales."""
    return Findings(MeanField(f, scales.sigma_w, scales.sigma_b), scales)


def find_network(
    f: Activation, scales: Scales, plan: Plan, progress: Callable[[int, int], None] | None = None
) -> Network:
    """Predict a network's layers, and simulate as many networks as planned."""
    layers = predict_layers(
        f,
        [(plan.width, plan.width)] * plan.depth,
        scales.sigma_w,
        sigma_b=scales.sigma_b,
        q=plan.q,
        correlation=plan.correlation,
    )
    found = []
    for seed in range(plan.networks):
        found.append(_simulated(f, scales, plan, seed))
        if progress:
            progress(seed + 1, plan.networks)
    return Network(plan, layers, _joined(found) if found else None)


def _simulated(f: Activation, scales: Scales, plan: Plan, seed: int) -> Simulation:
    return simulate(
        f,
        plan.widths,
        scales.sigma_w,
        scales.sigma_b,
        q=plan.q,
        correlation=plan.correlation,
        seeds=[seed],
    )


def layer_dicts(network: Network) -> list[dict[str, Any]]:
    """Return a dictionary for each layer."""
    return [
        {
            "layer": index + 1,
            **asdict(layer),
            "q_interval": layer.q_interval,
            "gradient_interval": layer.gradient_interval,
            "simulated": _measured(network, index),
        }
        for index, layer in enumerate(network.layers)
    ]


def _measured(network: Network, index: int) -> dict[str, Any] | None:
    if network.simulation is None:
        return None
    pairs = {name: network.measured(name, index) for name in ("q", "correlation", "gradient")}
    return {
        name: {"mean": pair[0], "standard_error": pair[1]} for name, pair in pairs.items() if pair
    }


def _joined(parts: list[Simulation]) -> Simulation:
    names = ("q", "correlation", "gradient")
    return Simulation(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _or_reason(name: str, found: CriticalPoint | EdgeOfChaos | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {name: None, f"{name}_reason": found}
    return {name: asdict(found), f"{name}_reason": None}
