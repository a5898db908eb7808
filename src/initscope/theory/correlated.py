"""Expectations of a product over two correlated normal variables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from initscope.theory.activation import Activation
from initscope.theory.panels import Panels
from initscope.theory.quadrature import REACH, normal_rule, rule, scaled_rule

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_STEPS = (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32)
_CONVERGED = 1e-10  # between two steps: for analytic g the error of the finer is its square

_ORDER = 10  # nodes a panel, in each direction
_COARSEST = 1.0  # widest panel of the grid, in standard deviations
_FINEST = 0.25  # where f needs finer panels, they follow its features instead of the plane
_LAYERS = np.array([0.0, 1.0, 2.0, 4.0, 8.0, REACH])


def product_expectation(g: Function, f: Activation, q: float, c: float) -> float:
    r"""Return E[g(u) g(v)] for u, v normal with variance q and correlation c.

    Turned by 45 degrees, :math:`u, v = \sqrt q (\alpha a \pm \beta b)` with independent standard
    normal a, b and :math:`\alpha^2, \beta^2 = (1 \pm c) / 2`; the product is even in b.

    Args:
        g: the activation or its derivative.
        f: the activation, whose panels and breaks are used.
        q: variance of both.
        c: their correlation, from -1 to 1.
    """
    if c >= 1:
        x, weights = scaled_rule(f, q)
        return float(weights @ g(x) ** 2)
    scale = q**0.5
    alpha, beta = scale * ((1 + c) / 2) ** 0.5, scale * ((1 - c) / 2) ** 0.5
    panels = f.panels(REACH * scale)
    if not len(panels.breaks):
        value = _smooth(g, alpha, beta)
        if value is not None:
            return value
    return _piecewise(g, panels, alpha, beta)


def _smooth(g: Function, alpha: float, beta: float) -> float | None:
    """Integrate by the trapezoidal rule, which converges geometrically for analytic functions.

    Returns None where it has not converged at the finest step (Trefethen and Weideman, 2014, "The
    exponentially convergent trapezoidal rule").
    """
    previous = float("nan")
    for step in _STEPS:
        b = np.arange(0, REACH, step)
        a = np.concatenate([-b[:0:-1], b])
        a_weights = step * np.exp(-a * a / 2) / np.sqrt(2 * np.pi)
        b_weights = 2 * step * np.exp(-b * b / 2) / np.sqrt(2 * np.pi)
        b_weights[0] /= 2
        inner, outer = alpha * a[:, None], beta * b
        value = float(a_weights @ (g(inner + outer) * g(inner - outer)) @ b_weights)
        if abs(value - previous) <= _CONVERGED * (abs(value) + abs(previous)):
            return value
        previous = value
    return None


def _piecewise(g: Function, panels: Panels, alpha: float, beta: float) -> float:
    """Integrate by panels that end where u or v meets a break.

    For c near one the integral over a has layers of width beta / alpha around the breaks.
    """
    scale = float(np.hypot(alpha, beta))
    features, step = _features(panels, scale)
    if alpha < 1e-8 * scale:
        a, a_weights = np.zeros(1), np.ones(1)
    else:
        layers = (beta / alpha) * np.concatenate([-_LAYERS, _LAYERS])
        ends = (features[:, None] / alpha + layers).ravel()
        a, a_weights = normal_rule(ends, step=step, order=_ORDER)
    middle = alpha * a[:, None]
    grid = np.arange(0, REACH + step, step)
    edges = np.concatenate(
        [np.abs(features - middle) / beta, np.broadcast_to(grid, (len(a), len(grid)))], axis=1
    )
    b, b_weights = rule(np.sort(np.minimum(edges, REACH), axis=1), _ORDER)
    b_weights *= 2 * np.exp(-b * b / 2) / np.sqrt(2 * np.pi)
    inner = (b_weights * g(middle + beta * b) * g(middle - beta * b)).sum(axis=1)
    return float(a_weights @ inner)


def _features(panels: Panels, scale: float) -> tuple[Array, float]:
    """Return break points, and the width of the grid's panels in standard deviations."""
    near = panels.edges[np.abs(panels.edges) < REACH * scale]
    finest = float(np.diff(near).min(initial=_COARSEST * scale)) / scale
    if finest < _FINEST:
        return near, _COARSEST
    return panels.breaks, min(finest, _COARSEST)
