"""Second moments of f and f' at any q: the table's curves, and their power laws beyond its ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation
from initscope.theory.curves import HIGHEST, Curves, Interpolant, curves
from initscope.theory.moments import moments

Array = NDArray[np.float64]

_DECADE = 20  # entries of the table
_ROUND = 0.02  # distance from a whole power that the last decade's bend explains


def second_moment(f: Activation, q: ArrayLike) -> Array:
    """Return E[f(x)^2] for x of variance q, from 0 to infinity, to six digits.

    Raises:
        InputError: f grows so fast that the moment does not exist.
    """
    origin = moments(f, 0.0)
    table = curves(f)
    values = np.asarray(q, dtype=np.float64)
    below = origin.second + origin.response * values
    return _extended(f, values, below, table.second_at, table.second)


def slope_second_moment(f: Activation, q: ArrayLike) -> Array:
    """Return E[f'(x)^2], likewise."""
    table = curves(f)
    values = np.asarray(q, dtype=np.float64)
    below = np.full_like(values, moments(f, 0.0).slope_second)
    return _extended(f, values, below, table.slope_second_at, table.slope_second)


def _extended(f: Activation, q: Array, below: Array, inside: Interpolant, values: Array) -> Array:
    table: Curves = curves(f)
    last = float(table.q[-1])
    if last < HIGHEST and q.max(initial=0.0) > last:
        raise InputError(
            f"{f.name} grows too fast: its moments over a normal variable of variance "
            f"{q.max():g} do not exist, or are too large to compute"
        )
    with np.errstate(over="ignore", divide="ignore"):
        beyond = values[-1] * (q / last) ** _power(values)
    within: Array = inside(np.clip(q, table.q[0], last))
    return np.where(q < table.q[0], below, np.where(q > last, beyond, within))


def _power(values: Array) -> float:
    """Return the power of q in the last decade of the table; a whole one where it is near."""
    if values[-1] <= 0 or values[-1 - _DECADE] <= 0:
        return 0.0
    power = float(np.log10(values[-1] / values[-1 - _DECADE]))
    return float(round(power)) if abs(power - round(power)) < _ROUND else power
