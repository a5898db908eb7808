"""Moments of an activation as functions of q: a table in log q that is computed once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from initscope.errors import InputError
from initscope.theory.activation import Activation
from initscope.theory.moments import moments

Array = NDArray[np.float64]

Interpolant = Callable[[Array], Array]

LOWEST, HIGHEST = 1e-10, 1e10
_PER_DECADE = 20
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Curves:
    """Second moments of f and f' at a grid of q, with interpolation between.

    Attributes:
        q: the grid, equally spaced in log q.
        second: E[f^2] at the grid.
        slope_second: E[f'^2] at the grid.
        response: d E[f^2] / dq at the grid.
    """

    q: Array
    second: Array
    slope_second: Array
    response: Array

    @cached_property
    def second_at(self) -> Interpolant:
        """Interpolate E[f^2]: a spline of its logarithm, from values and derivatives."""
        positive = np.maximum(self.second, _TINY)
        slope = self.response * self.q / positive
        spline = CubicHermiteSpline(np.log(self.q), np.log(positive), slope)
        return lambda q: np.exp(spline(np.log(q)))

    @cached_property
    def slope_second_at(self) -> Interpolant:
        """Interpolate E[f'^2]."""
        spline = CubicSpline(np.log(self.q), self.slope_second)
        return lambda q: spline(np.log(q))


@lru_cache(maxsize=64)
def curves(f: Activation) -> Curves:
    """Return the table of an activation. It ends where the moments cease to exist."""
    decades = np.log10(HIGHEST / LOWEST)
    grid = np.logspace(np.log10(LOWEST), np.log10(HIGHEST), 1 + round(decades * _PER_DECADE))
    rows = []
    for q in grid:
        try:
            found = moments(f, float(q))
        except InputError:
            if q < 1:
                raise
            break
        rows.append((found.second, found.slope_second, found.response))
    second, slope_second, response = np.array(rows).T
    return Curves(grid[: len(rows)], second, slope_second, response)
