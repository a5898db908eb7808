"""How many seeds are enough: until the interval of each mean is narrow, within a bound."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from initscope.comparison.cell import Cell
from initscope.comparison.result import Comparison
from initscope.errors import InputError

MOST_SEEDS = 1000
"""Default bound of the seeds that are added."""

LEAST_SEEDS = 10
"""Networks that a mean is of before its interval is believed to be narrow."""

_GROWTH = 2  # at most; the first intervals are themselves uncertain


@dataclass(frozen=True, slots=True)
class Enough:
    """A rule that adds seeds.

    An interval's width falls with the root of the number of seeds, so that the number needed is
    guessed from the widest interval, and at most doubled at a time. Stopping when an interval
    looks narrow favours samples that look narrow, the more the smaller they are: of two values
    that happen to be near each other the interval is narrow and wrong. No mean of fewer than ten
    networks therefore ends the search; docs/decisions/0004 has the coverage that is left.

    Args:
        width: of the 95% interval of a mean score; None for no rule.
        most: bound of the number of seeds.

    Raises:
        InputError: a number is out of range.
    """

    width: float | None
    most: int = MOST_SEEDS

    def __post_init__(self) -> None:
        if self.width is not None and not self.width > 0:
            raise InputError(f"interval width {self.width}: expected a number above 0, as 0.01")
        if self.most < 1:
            raise InputError(f"max seeds {self.most}: expected a whole number above 0")

    def more(self, seeds: Sequence[int], comparisons: Iterable[Comparison]) -> tuple[int, ...]:
        """Return the seeds to add, none where intervals are narrow or the bound is reached."""
        if self.width is None or len(seeds) >= self.most:
            return ()
        widest = max(_widest(comparison) for comparison in comparisons)
        if widest <= self.width and len(seeds) >= LEAST_SEEDS:
            return ()
        number = min(self.most, max(LEAST_SEEDS, _guess(len(seeds), widest / self.width)))
        first = max(seeds) + 1
        return tuple(range(first, first + number - len(seeds)))


def _guess(seeds: int, too_wide: float) -> int:
    """Return how many seeds would make an interval narrow that is so many times too wide."""
    return max(seeds + 1, math.ceil(seeds * min(_GROWTH, too_wide**2)))


def _widest(comparison: Comparison) -> float:
    """Return the width of the widest interval; endless where a mean is of too few networks."""
    return max((_width(cell) for cell in comparison.cells), default=0.0)


def _width(cell: Cell) -> float:
    """Return the width of an interval: none where every network diverged or all are equal."""
    if cell.test_accuracy is None:
        return 0.0
    if (cell.trained or cell.stuck) < LEAST_SEEDS:
        return math.inf
    low, high = cell.test_accuracy.ci95 or (0.0, 0.0)
    return high - low
