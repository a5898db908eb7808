"""Whether the scale of weights follows a fan, or is one number that was chosen for all of them.

A std of 0.02 lies near 1 / 2304, and so near some fan: numbers alone do not tell. What tells is
whether the scale follows the fan from shape to shape, whether the same scale stands in layers of
other fans, and whether it is the round number that people write.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from initscope.observe import Parameter
from initscope.rules.scales import COARSE, Z, tolerance

_DIGITS = (1.0, 2.0, 5.0)
"""First digits of the scales that are written as one number: 0.02, 0.01, 0.05, 0.1."""


def mean_ratio(parameters: Sequence[Parameter], declared: Sequence[float]) -> float:
    """Return the mean of variance over declared variance, over all values of several weights."""
    counts = [math.prod(each.shape) for each in parameters]
    ratios = [each.std**2 / one for each, one in zip(parameters, declared, strict=True)]
    return sum(n * ratio for n, ratio in zip(counts, ratios, strict=True)) / sum(counts)


def pooled(parameters: Collection[Parameter]) -> float:
    """Return how far, relatively, a variance lies from the declared one by chance, over all."""
    return Z * math.sqrt(2 / max(sum(math.prod(each.shape) for each in parameters), 1))


def is_round(std: float, relative: float) -> bool:
    """Whether a number such as 0.02 lies within a relative distance of a standard deviation.

    >>> is_round(0.0203, 0.05), is_round(0.0589, 0.05)
    (True, False)
    """
    if not 0 < std < math.inf:
        return False
    decade = 10.0 ** math.floor(math.log10(std))
    return any(abs(std / (digit * decade) - 1) <= relative for digit in (*_DIGITS, 10.0))


def shared(parameter: Parameter, others: Sequence[Parameter]) -> bool:
    """Whether another weight has the same scale, up to both sampling errors."""
    return any(
        abs(other.std**2 / parameter.std**2 - 1) <= tolerance(other) + tolerance(parameter)
        for other in others
        if tolerance(other) <= COARSE
    )
