"""Expectations over a normal variable, by Gauss-Legendre quadrature between break points."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

if TYPE_CHECKING:
    from initscope.theory.activation import Activation

Array = NDArray[np.float64]

REACH = 13.0
"""Standard deviations that an integral covers; the density beyond is below 1e-37."""

REACHES = (REACH, 20.0, 28.0, 37.0)
"""How far an integral goes on, where the function grows so fast that its ends count."""

NEGLIGIBLE = 1e-17
"""Share of an integral in its outermost standard deviation that ends the search."""

_ORDER = 20
_legendre = cache(leggauss)


def rule(edges: Array, order: int = _ORDER) -> tuple[Array, Array]:
    """Return nodes and weights of a composite Gauss-Legendre rule on panels of the last axis."""
    points, point_weights = _legendre(order)
    half = np.diff(edges, axis=-1) / 2
    middle = (edges[..., 1:] + edges[..., :-1]) / 2
    nodes = middle[..., None] + half[..., None] * points
    weights = half[..., None] * point_weights
    return nodes.reshape(*edges.shape[:-1], -1), weights.reshape(*edges.shape[:-1], -1)


def normal_rule(
    features: Array, reach: float = REACH, step: float = 2.0, order: int = _ORDER
) -> tuple[Array, Array]:
    """Return nodes z and weights w with E[g(z)] = sum w g(z) for a standard normal z.

    Args:
        features: points between which g is smooth; a grid that resolves the density is added.
        reach: standard deviations that are covered, on either side.
        step: width of the grid's panels at most.
        order: nodes a panel.
    """
    grid = np.linspace(-reach, reach, 1 + int(np.ceil(2 * reach / step)))
    inside = features[np.abs(features) < reach]
    z, weights = rule(np.unique(np.concatenate([grid, inside])), order)
    return z, weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def scaled_rule(f: Activation, q: float, reach: float = REACH) -> tuple[Array, Array]:
    """Return nodes x and weights w with E[g(x)] = sum w g(x), x normal with variance q.

    Accurate for g made of f, its derivative and polynomials.
    """
    scale = q**0.5
    z, weights = normal_rule(f.panels(reach * scale).edges / scale, reach)
    return scale * z, weights
