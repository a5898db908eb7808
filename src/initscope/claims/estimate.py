"""A mean or a share with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from initscope.comparison.statistics import mean_interval, rate

Kind = Literal["mean", "ratio", "share"]

SMALLEST, LARGEST = 1e-45, 3.4e38
"""What float32 can hold: a ratio beyond counts as these, since its logarithm must be a number."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95% interval.

    Attributes:
        value: the mean, the geometric mean of ratios, or the share.
        ci95: Student's t for means and for the logarithms of ratios, Wilson's for shares.
        n: numbers that it is of.
    """

    value: float
    ci95: tuple[float, float]
    n: int


def estimate(values: Sequence[float], kind: Kind) -> Estimate:
    """Estimate from one number a seed.

    >>> estimate([1.0, 1.0, 1.0, 0.0], "share").value
    0.75
    >>> round(estimate([0.1, 10.0], "ratio").value, 9)
    1.0
    >>> [round(bound, 2) for bound in estimate([1.0, 2.0, 3.0], "mean").ci95]
    [-0.48, 4.48]
    """
    if kind == "share" and values:
        found = rate(round(sum(values)), len(values))
        return Estimate(found.rate, found.ci95, len(values))
    if kind == "ratio":
        logs = [math.log(min(max(value, SMALLEST), LARGEST)) for value in values]
        centre, (low, high) = _student(logs)
        return Estimate(math.exp(centre), (_exp(low), _exp(high)), len(values))
    centre, bounds = _student(values)
    return Estimate(centre, bounds, len(values))


def _exp(logarithm: float) -> float:
    return math.exp(logarithm) if logarithm < math.log(LARGEST) * 2 else math.inf


def _student(values: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """Return the mean and its interval; a single number or equal ones have no width.

    A single number is a prediction of the theory, which has no seeds. Nothing is known of none.
    """
    sample = np.asarray(values, dtype=float)
    if not sample.size:
        return math.nan, (-math.inf, math.inf)
    centre = float(sample.mean())
    return centre, mean_interval(sample) or (centre, centre)
