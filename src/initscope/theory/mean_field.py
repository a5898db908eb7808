"""Mean-field theory of a wide, deep network with random weights: fixed points and depth scales."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_correlation, require_scale
from initscope.theory.correlated import product_expectation
from initscope.theory.curves import curves
from initscope.theory.moments import Moments, moments
from initscope.theory.roots import EXACT, crossings, root

Phase = Literal["ordered", "critical", "chaotic"]

CRITICAL = 1e-6
"""Distance of chi_1 from one within which a network counts as critical."""

_FAR = 1e6  # stands for infinity where the correlation map is taken without a q*
_PARTS = 33  # of an interval of the table in which fixed points may lie close together
_NEAR_ONE = 1e-7  # distance from full correlation at which the search for c* begins


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A value that a map leaves as it is.

    Attributes:
        value: the fixed point.
        slope: derivative of the map there.
        stable: whether values near it are drawn to it, which is |slope| < 1.
    """

    value: float
    slope: float
    stable: bool


@dataclass(frozen=True)
class MeanField:
    r"""Signal propagation through wide layers :math:`z = W f(z') + b`.

    Weights have variance :math:`\sigma_w^2 / n` for n inputs, biases variance :math:`\sigma_b^2`.
    As the width grows, preactivations become normal; their second moment q and the correlation c of
    two inputs follow the maps (Poole et al., 2016, eqs. 3 and 5; Schoenholz et al., 2017, eqs. 3-8)

    .. math::
        q \mapsto \sigma_w^2 E[f(\sqrt q z)^2] + \sigma_b^2, \qquad
        c \mapsto \frac{\sigma_w^2 E[f(u) f(v)] + \sigma_b^2}{q^*}

    Args:
        f: an activation by name, or any function of one variable.
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases.

    Raises:
        InputError: a scale is negative or not finite, or the activation cannot be used.

    >>> field = MeanField("tanh", sigma_w=1.3, sigma_b=0.2)
    >>> field.phase, round(field.q_star, 4), round(field.chi_1, 4)
    ('ordered', 0.5055, 0.9977)
    """

    f: str | Activation | Callable[..., Any] = "tanh"
    sigma_w: float = 1.0
    sigma_b: float = 0.0

    def __post_init__(self) -> None:
        require_scale("sigma_w", self.sigma_w)
        require_scale("sigma_b", self.sigma_b)
        object.__setattr__(self, "f", activation(self.f))

    @property
    def activation(self) -> Activation:
        """The activation."""
        return activation(self.f)

    def variance_map(self, q: float) -> float:
        """Second moment of the preactivations after one more layer."""
        return self.sigma_w**2 * moments(self.activation, q).second + self.sigma_b**2

    def correlation_map(self, c: float) -> float:
        """Correlation of two inputs after one more layer, both at the second moment q*.

        Raises:
            InputError: c is not between -1 and 1.
        """
        require_correlation(c)
        if self.q_star == 0:
            return c  # f is linear there
        covariance = product_expectation(self.activation, self.activation, self._q, c)
        mapped = (self.sigma_w**2 * covariance + self._bias) / self._next_q
        return float(np.clip(mapped, -1.0, 1.0))

    @cached_property
    def fixed_points(self) -> tuple[FixedPoint, ...]:
        """Every fixed point of the variance map between 0 and 1e10, ascending.

        Empty where every q is one (`is_scale_free`).
        """
        if self.is_scale_free:
            return ()
        origin = [0.0] if self.variance_map(0.0) == 0 else []
        crossed = self._crossed()
        touched = [q for q in self._touched() if not np.isclose(q, crossed, rtol=1e-6).any()]
        values = sorted([*origin, *crossed, *touched])
        slopes = [self._slope(q) for q in values]
        return tuple(
            FixedPoint(q, slope, abs(slope) < 1 - EXACT)
            for q, slope in zip(values, slopes, strict=True)
        )

    @cached_property
    def is_scale_free(self) -> bool:
        """Whether every q is a fixed point, as for ReLU at sigma_w^2 = 2 without biases."""
        return bool(np.abs(self._distance).max() < EXACT)

    @cached_property
    def q_star(self) -> float:
        """The fixed point that the variance map reaches from q = 1; infinity where it grows on."""
        start = self.variance_map(1.0) - 1.0
        if self.is_scale_free or abs(start) < EXACT:
            return 1.0
        values = [point.value for point in self.fixed_points]
        if start > 0:
            return min((q for q in values if q > 1), default=float("inf"))
        return max((q for q in values if q < 1), default=0.0)

    @cached_property
    def chi_1(self) -> float:
        r"""Growth of the gradient's second moment a layer, :math:`\sigma_w^2 E[f'(x)^2]`.

        The preactivation x is normal with variance q*. It is also the slope of the correlation map
        at c = 1 (Schoenholz et al., 2017, eq. 5).
        """
        if np.isfinite(self.q_star):
            return self.sigma_w**2 * self._moments.slope_second
        return self.sigma_w**2 * _limit(self.activation, "slope_second")

    @cached_property
    def chi_parallel(self) -> float:
        """Slope of the variance map at q*: the parallel susceptibility (Roberts et al., 2022)."""
        if np.isfinite(self.q_star):
            return self.sigma_w**2 * self._moments.response
        return self.sigma_w**2 * _limit(self.activation, "response")

    @cached_property
    def c_star(self) -> float:
        """The stable fixed point of the correlation map between 0 and 1.

        On this interval the map is convex and fixes 1, so that it has another fixed point only
        where its slope at 1 is above one; that one is then the stable one.
        """
        if self.q_star == 0 or self._slope_at_one <= 1 + CRITICAL:
            return 1.0
        if self.correlation_map(0.0) <= EXACT:
            return 0.0
        # Between c* and 1 the map lies below the diagonal: there the search ends.
        beside = 1 - np.geomspace(_NEAR_ONE, 1 / 2, 24)
        high = next((c for c in beside if self.correlation_map(c) < c), None)
        if high is None:
            return 1.0
        return root(lambda c: self.correlation_map(c) - c, 0.0, high)

    @cached_property
    def correlation_fixed_points(self) -> tuple[FixedPoint, ...]:
        """Every fixed point of the correlation map, ascending, with its stability."""
        if self.q_star == 0:
            return ()  # every correlation is kept
        values = {1.0, self.c_star}
        grid = np.linspace(-1, 0, 33)
        distance = np.array([self.correlation_map(c) - c for c in grid])
        if abs(distance[0]) < EXACT:
            values.add(-1.0)
        for index in crossings(distance):
            low, high = grid[index : index + 2]
            values.add(root(lambda c: self.correlation_map(c) - c, float(low), float(high)))
        slopes = {c: self._correlation_slope(c) for c in sorted(values)}
        return tuple(FixedPoint(c, slope, abs(slope) < 1) for c, slope in slopes.items())

    @cached_property
    def chi_c(self) -> float:
        """Slope of the correlation map at c*, of which the depth scale xi_c is made."""
        if self.q_star == 0:
            return self.chi_1
        return self._slope_at_one if self.c_star == 1 else self._correlation_slope(self.c_star)

    @cached_property
    def xi_q(self) -> float:
        """Layers in which the distance of q from q* falls by a factor e."""
        return _depth_scale(self.chi_parallel)

    @cached_property
    def xi_c(self) -> float:
        """Layers in which the distance of c from c* falls by a factor e (Schoenholz, 2017)."""
        return _depth_scale(self.chi_c)

    @cached_property
    def phase(self) -> Phase:
        """Ordered where gradients vanish, chaotic where they explode, critical between."""
        if abs(self.chi_1 - 1) <= CRITICAL:
            return "critical"
        return "ordered" if self.chi_1 < 1 else "chaotic"

    @cached_property
    def _distance(self) -> NDArray[np.float64]:
        """How far the variance map moves q, relative to q, at the table's grid."""
        table = curves(self.activation)
        return (self.sigma_w**2 * table.second + self.sigma_b**2) / table.q - 1

    def _crossed(self) -> list[float]:
        """Fixed points at which the variance map crosses the diagonal."""
        q = curves(self.activation).q
        return [root(self._rise, float(q[i]), float(q[i + 1])) for i in crossings(self._distance)]

    def _touched(self) -> list[float]:
        """Fixed points at which it touches the diagonal, as at a half-stable critical point."""
        found = []
        for low, high in self._bends():
            q = root(lambda q: self._slope(q) - 1, float(low), float(high))
            if abs(self._rise(q)) < EXACT * q:
                found.append(q)
        return found

    def _bends(self) -> Iterator[tuple[float, float]]:
        """Between which q the variance map's slope passes one, apart from where it is linear."""
        table = curves(self.activation)
        excess = self.sigma_w**2 * table.response - 1
        apart = np.abs(self._distance[:-1]) >= EXACT
        for i in np.flatnonzero((excess[:-1] * excess[1:] < 0) & apart):
            yield table.q[i], table.q[i + 1]
        for i in crossings(self._distance):  # where it may bend twice
            for low, high in pairwise(np.linspace(table.q[i], table.q[i + 1], _PARTS)):
                if (self._slope(low) - 1) * (self._slope(high) - 1) < 0:
                    yield low, high

    def _rise(self, q: float) -> float:
        return self.variance_map(q) - q

    def _slope(self, q: float) -> float:
        return self.sigma_w**2 * moments(self.activation, q).response

    @cached_property
    def _moments(self) -> Moments:
        return moments(self.activation, self.q_star)

    @property
    def _q(self) -> float:
        """Where the correlation map is taken: at q*, or far out where there is none."""
        return self.q_star if np.isfinite(self.q_star) else _FAR

    @property
    def _bias(self) -> float:
        return self.sigma_b**2 if np.isfinite(self.q_star) else 0.0

    @cached_property
    def _next_q(self) -> float:
        return self.sigma_w**2 * moments(self.activation, self._q).second + self._bias

    @cached_property
    def _slope_at_one(self) -> float:
        return (
            self.sigma_w**2
            * moments(self.activation, self._q).slope_second
            * self._q
            / self._next_q
        )

    def _correlation_slope(self, c: float) -> float:
        product = product_expectation(self.activation.derivative, self.activation, self._q, c)
        return float(self.sigma_w**2 * product * self._q / self._next_q)


def _limit(f: Activation, name: str) -> float:
    """Return what a moment tends to as q grows: its last value, infinity or zero."""
    table = curves(f)
    values = getattr(table, name)
    growth = np.log(values[-1] / values[-21]) / np.log(table.q[-1] / table.q[-21])
    if abs(growth) < 0.05:
        return float(values[-1])
    return float("inf") if growth > 0 else 0.0


def _depth_scale(slope: float) -> float:
    size = abs(slope)
    if size == 0:
        return 0.0
    if abs(size - 1) <= CRITICAL:
        return float("inf")
    return float(-1 / np.log(size)) if size < 1 else float("inf")
