"""Shapes of random weights, each as a quantile function with mean zero and variance one.

Every random initializer is a monotone function of the same stream of uniform values. Under two
initializers the same seed therefore meets the same underlying random numbers (common random
numbers), which is what makes paired comparisons sharp. The functions work in place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

TRUNCATION = 2.0
"""Bound of a truncated normal, in standard deviations of the normal that is cut (Keras, JAX)."""


def truncated_std(bound: float) -> float:
    r"""Standard deviation of a standard normal that is cut off at ±bound.

    With density :math:`\varphi` and distribution function :math:`\Phi`,

    .. math:: \sigma_b^2 = 1 - \frac{2 b \varphi(b)}{2 \Phi(b) - 1}

    (Johnson, Kotz and Balakrishnan, 1994, "Continuous univariate distributions" 1, section 10.1).

    >>> round(truncated_std(2.0), 8)
    0.87962566
    """
    return math.sqrt(1 - _edge(bound))


def truncated_kurtosis(bound: float) -> float:
    r"""Fourth standardized moment of a normal that is cut off at ±bound.

    Integration by parts gives the fourth moment from the second, in the symbols above:

    .. math:: \mu_4 = 3 \sigma_b^2 - \frac{2 b^3 \varphi(b)}{2 \Phi(b) - 1}

    >>> round(truncated_kurtosis(2.0), 6), round(truncated_kurtosis(20.0), 6)
    (2.365537, 3.0)
    """
    variance = 1 - _edge(bound)
    return (3 * variance - bound**2 * _edge(bound)) / variance**2


def _edge(bound: float) -> float:
    density = math.exp(-bound * bound / 2) / math.sqrt(2 * math.pi)
    return 2 * bound * density / _mass(bound)


def _mass(bound: float) -> float:
    return math.erf(bound / math.sqrt(2))


def normal(v: Tensor) -> Tensor:
    """Standard normal quantile of the symmetric uniform v."""
    return v.erfinv_().mul_(math.sqrt(2))


def uniform(v: Tensor) -> Tensor:
    """Quantile of the uniform distribution on ±sqrt(3)."""
    return v.mul_(math.sqrt(3))


def truncated_normal(v: Tensor, bound: float = TRUNCATION) -> Tensor:
    """Quantile of a normal cut off at ±bound, divided by its own standard deviation."""
    return v.mul_(_mass(bound)).erfinv_().mul_(math.sqrt(2) / truncated_std(bound))


@dataclass(frozen=True, slots=True)
class Distribution:
    """A shape: its quantile function, the bound of its support, and its kurtosis."""

    quantile: Callable[[Tensor], Tensor]
    bound: float
    kurtosis: float


DISTRIBUTIONS: dict[str, Distribution] = {
    "normal": Distribution(normal, math.inf, 3.0),
    "truncated_normal": Distribution(
        truncated_normal, TRUNCATION / truncated_std(TRUNCATION), truncated_kurtosis(TRUNCATION)
    ),
    "uniform": Distribution(uniform, math.sqrt(3), 1.8),
}
