"""chi_1 over the plane of sigma_w and sigma_b, with the edge of chaos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.criticality import bias_at_edge
from initscope.theory.curves import Curves, curves
from initscope.theory.roots import EXACT

Array = NDArray[np.float64]

_HALVINGS = 40  # from a twentieth of a decade to rounding


@dataclass(frozen=True, slots=True)
class PhaseDiagram:
    """Fixed points and susceptibilities on a grid of scales.

    Attributes:
        activation: its name.
        sigma_w: scales of the weights, the columns.
        sigma_b: standard deviations of the biases, the rows.
        q_star: what the variance map reaches from q = 1, infinite where it grows on; an array of
            shape (len(sigma_b), len(sigma_w)).
        chi_1: growth of the gradient's second moment there, NaN where q_star is infinite.
        edge: points (sigma_w, sigma_b) of the edge of chaos, as rows, along ascending q*; those
            alone at which the variance map draws q to its fixed point.
    """

    activation: str
    sigma_w: Array
    sigma_b: Array
    q_star: Array
    chi_1: Array
    edge: Array


def phase_diagram(
    f: str | Activation | Callable[..., Any],
    sigma_w: Sequence[float] | Array | None = None,
    sigma_b: Sequence[float] | Array | None = None,
) -> PhaseDiagram:
    """Compute q* and chi_1 at every pair of scales (Poole et al., 2016, figure 1).

    The moments come from one table over q, by splines whose relative error is below 1e-6; a single
    point is exact to more digits with :class:`MeanField`.

    Args:
        f: the activation.
        sigma_w: scales of the weights; 100 values from 0.04 to 4 where left out.
        sigma_b: standard deviations of the biases; 100 values from 0 to 2 where left out.

    Raises:
        InputError: a scale is not a finite number (sigma_w above 0, sigma_b from 0), or the
            activation cannot be used.

    >>> found = phase_diagram("tanh", [1.3, 2.0], [0.2])
    >>> found.chi_1.round(4)
    array([[0.9977, 1.3464]])
    """
    function = activation(f)
    columns = _axis("sigma_w", sigma_w, np.linspace(0.04, 4, 100), 0.0)
    rows = _axis("sigma_b", sigma_b, np.linspace(0, 2, 100), -1e-300)
    weight, bias = np.meshgrid(columns**2, rows**2)
    table = curves(function)
    q_star = _fixed_points(table, weight.ravel(), bias.ravel()).reshape(weight.shape)
    inside = np.clip(q_star, table.q[0], table.q[-1])
    chi_1 = np.where(np.isfinite(q_star), weight * table.slope_second_at(inside), np.nan)
    return PhaseDiagram(function.name, columns, rows, q_star, chi_1, _edge(function))


def _edge(f: Activation) -> Array:
    sigma_w, bias = bias_at_edge(f)
    exists = (bias >= 0) & (sigma_w**2 * curves(f).response <= 1 + EXACT)
    points = np.column_stack([sigma_w[exists], bias[exists] ** 0.5])
    # A scale-free activation has a single point, at every q.
    return points[:1] if len(points) and np.ptp(points, axis=0).max() < EXACT else points


def _fixed_points(table: Curves, weight: Array, bias: Array) -> Array:
    """Follow the variance map from q = 1 to where it first stands still, for all pairs at once."""
    one = int(np.searchsorted(table.q, 1.0 - 1e-9))
    distance = (weight[:, None] * table.second + bias[:, None]) / table.q - 1
    distance[np.abs(distance) < EXACT] = 0
    start = np.sign(distance[:, one])
    q_star = np.where(start > 0, np.inf, np.where(start < 0, 0.0, 1.0))
    for sign, part in ((1.0, distance[:, one:]), (-1.0, distance[:, one::-1])):
        crossed = part * sign <= 0
        rows = np.flatnonzero((start == sign) & crossed.any(axis=1))
        steps = crossed[rows].argmax(axis=1)
        near = table.q[one + int(sign) * (steps - 1)]
        far = table.q[one + int(sign) * steps]
        q_star[rows] = _bisect(table, weight[rows], bias[rows], near, far)
    return q_star


def _bisect(table: Curves, weight: Array, bias: Array, near: Array, far: Array) -> Array:
    """Halve log q between a point that moves away from one, and a point beyond the fixed point."""
    low, high = np.log(near), np.log(far)
    upwards = np.where(high > low, 1.0, -1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        q = np.exp(middle)
        moves_on = upwards * (weight * table.second_at(q) + bias - q) > 0
        low, high = np.where(moves_on, middle, low), np.where(moves_on, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _axis(name: str, given: Sequence[float] | Array | None, default: Array, above: float) -> Array:
    values = default if given is None else np.asarray(given, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or min(values) <= above:
        least = "above 0" if above == 0 else "from 0"
        raise InputError(f"{name}: expected a list of finite numbers {least}, such as [0.5, 1, 2]")
    return values
