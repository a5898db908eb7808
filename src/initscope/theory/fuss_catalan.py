"""Squared singular values of a product of square Gaussian matrices: the Fuss-Catalan law."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initscope.theory.arguments import require_count

Array = NDArray[np.float64]

_HALVINGS = 60  # bisection of an interval of length below pi to rounding


def fuss_catalan_density(x: ArrayLike, depth: int) -> Array:
    r"""Return the density of the squared singular values of L Gaussian matrices' product.

    The matrices are wide and square with entries of variance 1 / n. With :math:`0 < \varphi <
    \pi / (L + 1)`,

    .. math::
        x = \frac{\sin^{L+1}((L+1)\varphi)}{\sin\varphi\,\sin^L(L\varphi)}, \qquad
        \rho(x) = \frac{\sin^2\varphi\,\sin^{L-1}(L\varphi)}{\pi\,\sin^L((L+1)\varphi)}

    on :math:`0 < x < (L+1)^{L+1} / L^L`, and zero elsewhere (Penson and Zyczkowski, 2011; in this
    parametrization Haagerup and Moller, 2013). For L = 1 it is the law of Marchenko and Pastur.

    Args:
        x: squared singular values.
        depth: number of matrices L.

    Raises:
        InputError: depth is not a whole number from 1.

    >>> round(float(fuss_catalan_density(1.0, depth=1)), 6)  # sqrt(3) / (2 pi)
    0.275664
    """
    require_count("depth", depth)
    x = np.asarray(x, dtype=np.float64)
    log_edge = (depth + 1) * math.log(depth + 1) - depth * math.log(depth)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = (x > 0) & (np.log(x) < log_edge)
        target = np.where(inside, np.log(x), log_edge - 1.0)
    low, high = np.zeros_like(target), np.full_like(target, math.pi / (depth + 1))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_left = _log_x(middle, depth) > target  # x falls from the edge to zero
        low, high = np.where(is_left, middle, low), np.where(is_left, high, middle)
    return np.where(inside, np.exp(_log_density((low + high) / 2, depth)), 0.0)


def fuss_catalan_moment(k: int, depth: int) -> int:
    r"""Return the k-th moment, :math:`\frac{1}{Lk + 1} \binom{(L + 1) k}{k}`.

    >>> [fuss_catalan_moment(k, depth=1) for k in range(1, 5)]  # the Catalan numbers
    [1, 2, 5, 14]
    """
    require_count("moment", k, least=0)
    require_count("depth", depth)
    return math.comb((depth + 1) * k, k) // (depth * k + 1)


def _log_x(phi: Array, depth: int) -> Array:
    x: Array = (depth + 1) * np.log(np.sin((depth + 1) * phi))
    x -= np.log(np.sin(phi)) + depth * np.log(np.sin(depth * phi))
    return x


def _log_density(phi: Array, depth: int) -> Array:
    density: Array = 2 * np.log(np.sin(phi)) + (depth - 1) * np.log(np.sin(depth * phi))
    density -= depth * np.log(np.sin((depth + 1) * phi)) + math.log(math.pi)
    return density
