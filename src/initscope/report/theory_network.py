"""A network of equal layers, predicted one by one, and simulated."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from initscope.errors import InputError
from initscope.report.scales import Scales
from initscope.theory import Activation, Layer, Simulation, predict_layers, simulate


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
