"""The variance map and its fixed points: crossings of the diagonal, and where it only touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from initscope.theory.activation import Activation
from initscope.theory.curves import curves
from initscope.theory.moments import moments
from initscope.theory.roots import EXACT, crossings, root

_PARTS = 33  # of an interval of the table in which fixed points may lie close together


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A value that a map leaves as it is.

    Attributes:
        value: the fixed point.
        slope: derivative of the map there.
        stable: whether values near it are drawn to it, which is ``|slope| < 1``.
    """

    value: float
    slope: float
    stable: bool


@dataclass(frozen=True)
class VarianceMap:
    r"""The map :math:`q \mapsto \sigma_w^2 E[f(x)^2] + \sigma_b^2`, x normal with variance q."""

    activation: Activation
    sigma_w: float
    sigma_b: float

    def __call__(self, q: float) -> float:
        return self.sigma_w**2 * moments(self.activation, q).second + self.sigma_b**2

    def slope(self, q: float) -> float:
        """Return its derivative."""
        return self.sigma_w**2 * moments(self.activation, q).response

    @cached_property
    def is_scale_free(self) -> bool:
        """Whether every q is a fixed point."""
        return bool(np.abs(self._distance).max() < EXACT)

    def fixed_points(self) -> tuple[FixedPoint, ...]:
        """Return every fixed point between 0 and 1e10, ascending; none where every q is one."""
        if self.is_scale_free:
            return ()
        origin = [0.0] if self(0.0) == 0 else []
        crossed = self._crossed()
        touched = [q for q in self._touched() if not np.isclose(q, crossed, rtol=1e-6).any()]
        values = sorted([*origin, *crossed, *touched])
        slopes = [self.slope(q) for q in values]
        return tuple(
            FixedPoint(q, slope, abs(slope) < 1 - EXACT)
            for q, slope in zip(values, slopes, strict=True)
        )

    @cached_property
    def _distance(self) -> NDArray[np.float64]:
        """How far the map moves q, relative to q, at the table's grid."""
        table = curves(self.activation)
        return (self.sigma_w**2 * table.second + self.sigma_b**2) / table.q - 1

    def _crossed(self) -> list[float]:
        q = curves(self.activation).q
        return [root(self._rise, float(q[i]), float(q[i + 1])) for i in crossings(self._distance)]

    def _touched(self) -> list[float]:
        """Fixed points at which it touches the diagonal, as at a half-stable critical point."""
        found = []
        for low, high in self._bends():
            q = root(lambda q: self.slope(q) - 1, float(low), float(high))
            if abs(self._rise(q)) < EXACT * q:
                found.append(q)
        return found

    def _bends(self) -> Iterator[tuple[float, float]]:
        """Between which q the slope passes one, apart from where the map is linear."""
        table = curves(self.activation)
        excess = self.sigma_w**2 * table.response - 1
        apart = np.abs(self._distance[:-1]) >= EXACT
        for i in np.flatnonzero((excess[:-1] * excess[1:] < 0) & apart):
            yield table.q[i], table.q[i + 1]
        for i in crossings(self._distance):  # where it may bend twice
            for low, high in pairwise(np.linspace(table.q[i], table.q[i + 1], _PARTS)):
                if (self.slope(low) - 1) * (self.slope(high) - 1) < 0:
                    yield low, high

    def _rise(self, q: float) -> float:
        return self(q) - q
