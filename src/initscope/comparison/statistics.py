"""Statistics of the networks of one initializer: shares, means and epochs, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

CONFIDENCE = 0.95

Interval: TypeAlias = tuple[float, float]

ANYTHING: Interval = (-math.inf, math.inf)
SHARE: Interval = (0.0, 1.0)
"""Ranges of what is measured; an accuracy is a share of the test data."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of n with its 95% Wilson interval."""

    rate: float
    ci95: Interval


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean with its 95% interval (see `mean_interval`), and median."""

    mean: float
    ci95: Interval | None
    median: float


def rate(count: int, total: int) -> Rate:
    """Return the share count / total with its Wilson interval (Wilson, 1927)."""
    interval = stats.binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return Rate(count / total, (float(interval.low), float(interval.high)))


def summarize(values: ArrayLike, within: Interval = ANYTHING) -> Summary | None:
    """Summarize a sample of numbers from a range; None where there are no values."""
    sample = np.asarray(values, dtype=float)
    return sample_summary(sample, within) if sample.size else None


def sample_summary(sample: NDArray[np.float64], within: Interval = ANYTHING) -> Summary:
    """Summarize a sample of at least one value."""
    return Summary(float(sample.mean()), mean_interval(sample, within), float(np.median(sample)))


def mean_interval(
    sample: NDArray[np.float64], within: Interval = ANYTHING, *, together: int = 1
) -> Interval | None:
    """Return the 95% interval of the mean: Student's, within the range of what is measured.

    mean ± t(n - 1) · s / √n, with the sample deviation s of n values. It covers what it says for
    normal values from n = 2 on, and for skewed accuracies it misses less than the percentile and
    the BCa bootstrap do (docs/decisions/0004). One value has no spread, and equal values do not
    tell theirs: None.

    Args:
        sample: independent values.
        within: the least and the greatest value that there can be.
        together: of so many intervals all cover their means at 95% at least (Bonferroni).

    Source: Student, "The probable error of a mean", Biometrika 6 (1908).

    >>> import numpy as np
    >>> [round(bound, 3) for bound in mean_interval(np.array([0.8, 0.9, 1.0]), SHARE)]
    [0.652, 1.0]
    """
    if sample.size < 2 or np.ptp(sample) == 0:
        return None
    tail = (1 - CONFIDENCE) / together / 2
    error = float(sample.std(ddof=1)) / math.sqrt(sample.size)
    play = float(stats.t.isf(tail, sample.size - 1)) * error
    centre = float(sample.mean())
    return max(centre - play, within[0]), min(centre + play, within[1])


def median_until(epochs: Sequence[int | None]) -> float | None:
    """Median number of epochs, a network that never arrives counting as later than any other.

    Censored networks are thereby neither dropped nor given a made-up time; None says that half of
    them or more did not arrive. All networks are watched equally long, so that this is the median
    of the Kaplan-Meier curve (Kaplan and Meier, 1958), the middle of the step where the curve is
    at one half.
    """
    median = float(np.median([np.inf if epoch is None else epoch for epoch in epochs]))
    return median if np.isfinite(median) else None


def restricted_mean(epochs: Sequence[int | None], horizon: int) -> Summary:
    """Summarize the epochs that networks need within a horizon: those that do not arrive need all.

    Its mean is the area below the Kaplan-Meier curve up to the horizon, the restricted mean (Irwin,
    1949). It exists wherever the median does not, and differs between cells of which few arrive.
    """
    reached = [horizon if epoch is None else min(epoch, horizon) for epoch in epochs]
    return sample_summary(np.asarray(reached, dtype=float), (0, horizon))
