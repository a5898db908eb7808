"""Moments of an activation over a centred normal preactivation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation
from initscope.theory.quadrature import NEGLIGIBLE, REACHES, scaled_rule

Array = NDArray[np.float64]

_TINY = 1e-12  # a second moment that stands for zero


@dataclass(frozen=True, slots=True)
class Moments:
    r"""Expectations of f and f' at :math:`x \sim N(0, q)`.

    Attributes:
        q: variance of the preactivation x.
        mean: E[f(x)].
        second: E[f(x)^2], the variance map without weights.
        fourth: E[f(x)^4].
        slope_second: E[f'(x)^2].
        slope_fourth: E[f'(x)^4].
        response: d E[f(x)^2] / d q, which is E[x f(x) f'(x)] / q.
    """

    q: float
    mean: float
    second: float
    fourth: float
    slope_second: float
    slope_fourth: float
    response: float


def moments(f: Activation, q: float) -> Moments:
    """Compute all moments from one set of nodes.

    Raises:
        InputError: the function grows so fast that the moments do not exist, or overflow.
    """
    if q == 0:
        return _at_zero(f)
    for reach in REACHES:
        x, weights = scaled_rule(f, q, reach)
        value, slope = f(x), f.derivative(x)
        with np.errstate(over="ignore", invalid="ignore"):
            fourth = weights * value**4
            slope_fourth = weights @ slope**4
        tail = np.abs(x) > (reach - 1) * q**0.5
        everything = fourth.sum()
        if fourth[tail].sum() <= NEGLIGIBLE * everything and np.isfinite(everything + slope_fourth):
            return Moments(
                q,
                float(weights @ value),
                float(weights @ value**2),
                float(everything),
                float(weights @ slope**2),
                float(slope_fourth),
                float(weights @ (x * value * slope)) / q,
            )
    raise InputError(
        f"{f.name} grows too fast: its moments over a normal variable of variance {q:g} do not "
        "exist, or are too large to compute"
    )


def _at_zero(f: Activation) -> Moments:
    """The limit of a vanishing preactivation; the slope is the mean of those on both sides."""
    value = float(f(np.zeros(1))[0])
    # The panels of a function that is not named may bridge a kink at zero.
    beside = 1e-200 if f.is_named else 1e-9
    left, right = f.derivative(np.array([-beside, beside]))
    second, fourth = (left**2 + right**2) / 2, (left**4 + right**4) / 2
    # Without f(0) the response is that of a linear function; with it, f'' has a share.
    response = moments(f, _TINY).response if value else float(second)
    return Moments(0.0, value, value**2, value**4, float(second), float(fourth), response)
