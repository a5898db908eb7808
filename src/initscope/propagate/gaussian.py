"""Moments of an activation over a normal variable of any mean and variance."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.theory import Activation
from initscope.theory.quadrature import REACH, normal_rule

Array = NDArray[np.float64]

_TERMS = 16  # of the Hermite series, by which correlated products are summed
_POWERS = np.arange(1.0, _TERMS + 1)
_DIGITS = 6  # to which mean and variance are rounded: moments of one layer serve its like
_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Gaussian:
    r"""Expectations of f and f' at :math:`x = \mu + \sigma z`, z standard normal.

    Attributes:
        mean, second, fourth: of f(x).
        slope_second, slope_fourth: of f'(x).
        elasticity: d log E[f^2] / d log of the variance, at a fixed mean.
        curvature, slope_curvature: relative change of E[f^2] and E[f'^2] where the variance itself
            varies over inputs, per unit of its relative variance: :math:`E[f^2 He_4(z)] / (8
            E[f^2])`, since expectations obey the heat equation in the variance.
        mean_curvature: absolute change of E[f] likewise.
        bow: E[f(x) (z^2 - 1)], twice the absolute change of E[f] per relative one of the variance.
        series: squares of the Hermite coefficients of f, from the first.
        rest: what the series leaves of the variance of f(x).
    """

    mean: float
    second: float
    fourth: float
    slope_second: float
    slope_fourth: float
    elasticity: float
    curvature: float
    slope_curvature: float
    mean_curvature: float
    bow: float
    series: Array = field(repr=False, compare=False)
    rest: float

    def product(self, correlation: float) -> float:
        """Return E[f(x) f(y)] for two such variables, by Mehler's formula.

        What the series leaves of the variance counts with the power of its first missing term.
        """
        c = min(max(correlation, -1.0), 1.0)
        return self.mean**2 + float(self.series.dot(c**_POWERS)) + self.rest * c ** (_TERMS + 1)


def gaussian(f: Activation, mean: float, variance: float) -> Gaussian:
    """Return the moments, rounded inputs serving from a cache.

    Raises:
        InputError: f grows so fast that they are not finite.
    """
    if variance <= 0:
        return _constant(f, mean)
    return _gaussian(f, _rounded(mean), _rounded(max(variance, _SMALLEST)))


def _constant(f: Activation, mean: float) -> Gaussian:
    value, slope = float(f(np.array([mean]))[0]), float(f.derivative(np.array([mean]))[0])
    none = np.zeros(_TERMS)
    return Gaussian(value, value**2, value**4, slope**2, slope**4, 0, 0, 0, 0, 0, none, 0)


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


@lru_cache(maxsize=4096)
def _gaussian(f: Activation, mean: float, variance: float) -> Gaussian:
    sigma = math.sqrt(variance)
    edges = f.panels(REACH * sigma + abs(mean)).edges
    z, weights = normal_rule((edges - mean) / sigma)
    value, slope = f(mean + sigma * z), f.derivative(mean + sigma * z)
    with np.errstate(over="ignore", invalid="ignore"):
        square, slopes = value**2, slope**2
        found = [weights @ each for each in (value, square, square**2, slopes, slopes**2)]
        he2, he4 = z**2 - 1, z**4 - 6 * z**2 + 3
        rates = [
            weights @ each
            for each in (square * he2, square * he4, slopes * he4, value * he4, value * he2)
        ]
    if not np.isfinite(found + rates).all():
        raise InputError(f"{f.name} grows too fast for a variable of variance {variance:g}")
    first, second, fourth, slope_second, slope_fourth = map(float, found)
    series = _series(weights * value, z)
    size, steep = max(second, _SMALLEST), max(slope_second, _SMALLEST)
    return Gaussian(
        first,
        second,
        fourth,
        slope_second,
        slope_fourth,
        float(rates[0]) / (2 * size),
        float(rates[1]) / (8 * size),
        float(rates[2]) / (8 * steep),
        float(rates[3]) / 8,
        float(rates[4]),
        np.array(series),
        max(second - first**2 - sum(series), 0.0),
    )


def _series(weighted: Array, z: Array) -> list[float]:
    """Return E[f He_k]^2 / k! from k = 1, by the recurrence of the normalized polynomials."""
    before, now = np.ones_like(z), z
    found = []
    for k in range(1, _TERMS + 1):
        found.append(float(weighted @ now) ** 2)
        before, now = now, (z * now - math.sqrt(k) * before) / math.sqrt(k + 1)
    return found
