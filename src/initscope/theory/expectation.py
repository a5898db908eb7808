"""Expectations of any scalar function over a normal variable, each with a bound of its error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_variance
from initscope.theory.quadrature import NEGLIGIBLE, REACHES, normal_rule

_ORDERS = (20, 14)  # nodes a panel: of the value, and of the one that it is compared with
_ROUNDING = 4e-16


@dataclass(frozen=True, slots=True)
class Expectation:
    """An expectation and its absolute error.

    Attributes:
        value: the expectation.
        error: rounding, the distance between two quadratures, and what the function's resolution
            leaves open where its breaks were not declared.
    """

    value: float
    error: float


def expectation(g: str | Activation | Callable[..., Any], q: float = 1.0) -> Expectation:
    r"""Compute :math:`E[g(x)]` for :math:`x \sim N(0, q)`.

    The line is cut into panels on which g is a polynomial of degree 15 to rounding; on each a
    Gauss-Legendre rule integrates g times the normal density. Kinks and jumps are found.

    Args:
        g: an activation by name, or any function of one variable (NumPy, torch or plain Python).
        q: variance of x.

    Raises:
        InputError: q is not a finite number from 0, g cannot be used, or grows so fast that the
            expectation does not exist.

    >>> round(expectation(lambda x: abs(x)).value, 12)  # sqrt(2 / pi)
    0.797884560803
    """
    require_variance(q)
    f = activation(g)
    if q == 0:
        return Expectation(float(f(np.zeros(1))[0]), 0.0)
    scale = q**0.5
    for reach in REACHES:
        panels = f.panels(reach * scale)
        (value, size, tail), (coarse, _, _) = (
            _integrate(f, panels.edges / scale, scale, reach, order) for order in _ORDERS
        )
        if np.isfinite(size) and tail <= NEGLIGIBLE * size:
            resolution = 0.0 if f.is_named else panels.tolerance
            return Expectation(value, abs(value - coarse) + (resolution + _ROUNDING) * size)
    raise InputError(
        f"{f.name} grows too fast: its expectation over a normal variable of variance {q:g} does "
        "not exist, or is too large to compute"
    )


def _integrate(
    f: Activation, features: Any, scale: float, reach: float, order: int
) -> tuple[float, float, float]:
    """Return the integral of f, that of |f|, and the share of the latter beyond reach - 1."""
    z, weights = normal_rule(features, reach, order=order)
    terms = weights * f(scale * z)
    size = np.abs(terms)
    return float(terms.sum()), float(size.sum()), float(size[np.abs(z) > reach - 1].sum())
