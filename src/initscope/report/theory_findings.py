"""Everything that the theory says about an activation at given scales, and about a network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from initscope.report import plain
from initscope.report.scales import Scales
from initscope.report.theory_network import Network, layer_dicts
from initscope.theory import (
    Activation,
    CriticalPoint,
    EdgeOfChaos,
    Gains,
    MeanField,
    NoCriticalPointError,
    critical_point,
    edge_of_chaos,
    gains,
)

SCHEMA_VERSION = 1


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


def _or_reason(name: str, found: CriticalPoint | EdgeOfChaos | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {name: None, f"{name}_reason": found}
    return {name: asdict(found), f"{name}_reason": None}
