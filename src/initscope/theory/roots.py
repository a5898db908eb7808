"""Zeros of functions that are known at a grid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

EXACT = 1e-11
"""Relative distance from zero that is rounding."""


def crossings(distance: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return after which entries the sign changes; what is zero up to rounding has no sign."""
    signs = np.where(np.abs(distance) < EXACT, 0.0, np.sign(distance))
    known = np.flatnonzero(signs)
    changes = np.flatnonzero(np.diff(signs[known]))
    # Between two signs the last entry before the change that is not of the new sign.
    return known[changes + 1] - 1


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return a zero between two ends; an end itself where rounding hides the change of sign."""
    at_low, at_high = function(low), function(high)
    if at_low * at_high >= 0:
        return low if abs(at_low) < abs(at_high) else high
    return float(brentq(function, low, high, xtol=1e-15, rtol=1e-14))
