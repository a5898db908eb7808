"""Scales of weights and biases, given or chosen."""

from __future__ import annotations

from dataclasses import dataclass

from initscope.theory import Activation, NoCriticalPointError, critical_point, edge_of_chaos, gain


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
