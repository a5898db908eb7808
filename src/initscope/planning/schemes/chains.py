"""The scale of weights in plain chains, from the theory of their activation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from initscope.errors import InputError
from initscope.planning.graph import Place
from initscope.theory import (
    NoCriticalPointError,
    critical_point,
    edge_of_chaos,
    gain,
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Scales of weights and biases, and why.

    Attributes:
        sigma_w: the weights' standard deviation is sigma_w / sqrt(fan_in).
        sigma_b: standard deviation of the biases.
        reason: in words.
        reference: author, year, place.
    """

    sigma_w: float
    sigma_b: float
    reason: str
    reference: str


@cache
def forward_gain(activation: str) -> float:
    """Return the gain that keeps the second moment; one for what the theory does not know."""
    try:
        return gain(activation.removeprefix("gated "))
    except InputError:
        return 1.0


def scale_of_chain(place: Place) -> Scale:
    """Return the scale at which a chain of one activation keeps signals and gradients."""
    if place.fed_by != "identity":
        return _critical(place.fed_by)
    if place.is_first:
        return _first(place.feeds)
    return Scale(1.0, 0.0, "linear: orthogonal keeps every norm", "Saxe et al., 2014")


@cache
def _critical(activation: str) -> Scale:
    try:
        point = critical_point(activation)
    except NoCriticalPointError as error:
        return _edge(activation, str(error))
    except InputError:
        return Scale(1.0, 0.0, f"the theory does not know {activation}: gain 1", "")
    reason = f"the critical point of {activation}: sigma_w {point.sigma_w:.4g}"
    if point.sigma_b:
        reason += f", sigma_b {point.sigma_b:.4g}, q* {point.q_star:.4g}"
    return Scale(point.sigma_w, point.sigma_b, reason, "Roberts, Yaida and Hanin, 2022, section 5")


def _edge(activation: str, why: str) -> Scale:
    try:
        edge = edge_of_chaos(activation)
    except InputError:
        scale = gain(activation, "backward")
        reason = f"{why.partition(':')[0]}: the backward gain {scale:.4g} keeps the gradient"
        return Scale(scale, 0.0, reason, "Glorot and Bengio, 2010")
    reason = f"the edge of chaos of {activation}: sigma_w {edge.sigma_w:.4g}, q* {edge.q_star:.4g}"
    return Scale(edge.sigma_w, 0.0, reason, "Poole et al., 2016")


def _first(activation: str) -> Scale:
    """The first weight brings inputs of unit second moment to the fixed point behind it."""
    target = 1.0
    try:
        point = critical_point(activation)
        target, sigma_b = point.q_star or 1.0, point.sigma_b
    except InputError:
        sigma_b = 0.0
    sigma_w = max(target - sigma_b**2, 0.0) ** 0.5
    reason = f"the first weight: inputs of second moment one become {target:.4g}"
    return Scale(sigma_w, sigma_b, reason, "Roberts, Yaida and Hanin, 2022, section 5")
