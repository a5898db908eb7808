"""Statistics of a comparison, by SciPy and statsmodels, with fixed seeds for their resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

CONFIDENCE = 0.95
RESAMPLES = 9999
_BATCH_VALUES = 2**22  # bounds the memory of resampling
_SEED = 0

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of n with its 95% Wilson interval."""

    rate: float
    ci95: Interval


@dataclass(frozen=True, slots=True)
class Summary:
    """Mean with its 95% bootstrap interval (BCa; None below two values), and median."""

    mean: float
    ci95: Interval | None
    median: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of paired differences, its 95% bootstrap interval and p-values of a permutation test.

    `p` is the two-sided p-value of the test that flips the sign of each pair; `p_holm` is
    corrected for the number of comparisons with the same reference (Holm, 1979).
    """

    mean: float
    ci95: Interval | None
    p: float
    p_holm: float


def rate(count: int, total: int) -> Rate:
    """Return the share count / total with its Wilson interval (Wilson, 1927)."""
    interval = stats.binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return Rate(count / total, (float(interval.low), float(interval.high)))


def summarize(values: ArrayLike) -> Summary | None:
    """Summarize a sample; None where there are no values."""
    sample = np.asarray(values, dtype=float)
    return sample_summary(sample) if sample.size else None


def sample_summary(sample: NDArray[np.float64]) -> Summary:
    """Summarize a sample of at least one value."""
    return Summary(float(sample.mean()), mean_interval(sample), float(np.median(sample)))


def mean_interval(sample: NDArray[np.float64]) -> Interval | None:
    """Return the 95% bootstrap interval of the mean, by the BCa bootstrap (Efron, 1987)."""
    if sample.size < 2:
        return None
    if np.ptp(sample) == 0:
        return float(sample.mean()), float(sample.mean())
    result = stats.bootstrap(
        (sample,),
        np.mean,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        batch=max(1, _BATCH_VALUES // sample.size),
        rng=np.random.default_rng(_SEED),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


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
    within = [horizon if epoch is None else min(epoch, horizon) for epoch in epochs]
    return sample_summary(np.asarray(within, dtype=float))


def paired_differences(
    scores: Sequence[NDArray[np.float64]], reference: NDArray[np.float64]
) -> list[Difference]:
    """Compare each row of scores with the reference, seed by seed, and correct for their number."""
    if not scores:
        return []
    differences = [row - reference for row in scores]
    p_values = [permutation_p(row) for row in differences]
    corrected = multipletests(p_values, method="holm")[1]
    return [
        Difference(float(row.mean()), mean_interval(row), p, float(q))
        for row, p, q in zip(differences, p_values, corrected, strict=True)
    ]


def permutation_p(differences: NDArray[np.float64]) -> float:
    """Two-sided p-value that paired differences have mean zero, by flipping their signs."""
    if differences.size < 2 or not differences.any():
        return 1.0  # the sign flips of one value are equally far from zero
    result = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=max(1, _BATCH_VALUES // differences.size),
        rng=np.random.default_rng(_SEED),
    )
    return float(result.pvalue)
