"""Differences between initializers, seed by seed, corrected for how many are told together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initscope.comparison.family import Family
from initscope.comparison.statistics import ANYTHING, Interval, mean_interval

_BATCH_VALUES = 2**22  # bounds the memory of resampling
_SEED = 0
_ROUNDING = 1e-12  # of the sum of absolute differences: sums as extreme are told apart from it


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of paired differences to the reference, with its interval and its p-values.

    Attributes:
        mean: what this initializer has more.
        ci95: Student's interval at the level at which those of the whole family cover their means
            together with 95% (Bonferroni); None where all differences are equal.
        p: two-sided, of the permutation test that flips the sign of each pair.
        p_holm: corrected for the number of tests in the family (Holm, 1979).
    """

    mean: float
    ci95: Interval | None
    p: float
    p_holm: float


def differences(
    scores: Sequence[NDArray[np.float64]],
    reference: int,
    family: Family,
    within: Interval = ANYTHING,
) -> list[Difference | None]:
    """Compare each row of scores with the reference, seed by seed; None for the reference.

    Args:
        scores: what each seed gives, a row for each initializer.
        reference: its index.
        family: what is corrected for.
        within: the least and the greatest difference that there can be.
    """
    pairs = _pairs(len(scores), reference, named=family.named)
    if not pairs:
        return [None] * len(scores)
    rows = np.array([scores[first] - scores[second] for first, second in pairs])
    p = permutation_p(rows, family)
    corrected = holm(p)
    found: list[Difference | None] = [None] * len(scores)
    for (first, second), row, raw, whole in zip(pairs, rows, p, corrected, strict=True):
        if second == reference:
            interval = mean_interval(row, within, together=family.size)
            found[first] = Difference(float(row.mean()), interval, float(raw), float(whole))
    return found


def _pairs(cells: int, reference: int, *, named: bool) -> list[tuple[int, int]]:
    """Return the pairs of a family, the reference being the second of each of its own."""
    own = [(cell, reference) for cell in range(cells) if cell != reference]
    others = [cell for cell in range(cells) if cell != reference]
    return own if named else [*own, *itertools.combinations(others, 2)]


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correct p-values for their number: the least times m, the next times m - 1, none falling.

    >>> import numpy as np
    >>> [round(float(each), 3) for each in holm(np.array([0.04, 0.01, 0.03]))]
    [0.06, 0.03, 0.06]
    """
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return corrected


def permutation_p(rows: NDArray[np.float64], family: Family) -> NDArray[np.float64]:
    """Two-sided p-values that paired differences have mean zero, by flipping their signs.

    The share of the sign patterns whose sum is at least as far from zero as the one that was seen.
    Where not all 2^n are tried the seen one counts as one of those drawn, so that no p-value is
    zero and each is valid (Phipson and Smyth, 2010).

    Args:
        rows: (tests, n), a row of differences for each test.
        family: of these tests.
    """
    seen = np.abs(rows.sum(axis=1)) - _ROUNDING * np.abs(rows).sum(axis=1)
    as_far, tried = np.zeros(len(rows), dtype=np.int64), 0
    for signs in _signs(family, len(rows)):
        as_far += (np.abs(signs @ rows.T) >= seen).sum(axis=0)
        tried += len(signs)
    return as_far / tried if family.exact else (as_far + 1) / (tried + 1)


def _signs(family: Family, tests: int) -> Iterator[NDArray[np.float64]]:
    """Yield sign patterns in batches of rows: all of them, or those drawn."""
    batch = max(1, _BATCH_VALUES // max(family.seeds, tests))
    count = 2**family.seeds if family.exact else family.flips
    generator = np.random.default_rng(_SEED)
    for start in range(0, count, batch):
        numbers = np.arange(start, min(start + batch, count))
        bits = (
            numbers[:, None] >> np.arange(family.seeds)
            if family.exact
            else generator.integers(0, 2, (len(numbers), family.seeds))
        )
        yield np.where(bits & 1, -1.0, 1.0)
