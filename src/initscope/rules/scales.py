"""Scales of weights held against the constants of published schemes."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from initscope.observe import Parameter

Z = 4.0
"""Standard errors a scale may lie from a constant: for normal values 1 in 16000 lies farther."""

COARSE = 0.5
"""Tolerance from which a weight is too small to tell one constant from another."""


def tolerance(parameter: Parameter) -> float:
    """Return how far, relatively, a measured variance lies from the declared one by chance.

    The variance of N independent normal values has the relative standard error sqrt(2 / N); that
    of uniform values is smaller.
    """
    return Z * math.sqrt(2 / max(math.prod(parameter.shape), 1))


def is_centred(parameter: Parameter) -> bool:
    """Whether the mean is zero up to its standard error."""
    error = parameter.std / math.sqrt(max(math.prod(parameter.shape), 1))
    return parameter.std > 0 and abs(parameter.mean) <= Z * error


def matching(
    parameter: Parameter, fans: Collection[float], constants: Mapping[str, float]
) -> str | None:
    """Name the first constant that the variance times one of the fans is, within sampling error."""
    variance, allowed = parameter.std**2, tolerance(parameter)
    for name, constant in constants.items():
        if any(abs(variance * fan / constant - 1) <= allowed for fan in fans):
            return name
    return None


def compounded(factors: list[float]) -> float:
    """Return the product of factors, each taken as larger than one."""
    return math.exp(min(sum(abs(math.log(factor)) for factor in factors), 700.0))
