"""Shapes of random weights, each as a quantile function with mean zero and variance one.

Every random initializer is a monotone function of the same stream of uniform values. Under two
initializers the same seed therefore meets the same underlying random numbers (common random
numbers), which is what makes paired comparisons sharp.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
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
    density = math.exp(-bound * bound / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * bound * density / _mass(bound))


def _mass(bound: float) -> float:
    return math.erf(bound / math.sqrt(2))


def normal(v: Tensor) -> Tensor:
    """Standard normal quantile of the symmetric uniform v."""
    return torch.erfinv(v).mul_(math.sqrt(2))


def uniform(v: Tensor) -> Tensor:
    """Quantile of the uniform distribution on ±sqrt(3)."""
    return v * math.sqrt(3)


def truncated_normal(v: Tensor, bound: float = TRUNCATION) -> Tensor:
    """Quantile of a normal cut off at ±bound, divided by its own standard deviation."""
    quantile = torch.erfinv(v * _mass(bound))
    return quantile.mul_(math.sqrt(2) / truncated_std(bound))


DISTRIBUTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "normal": normal,
    "truncated_normal": truncated_normal,
    "uniform": uniform,
}
