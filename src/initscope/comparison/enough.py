"""How many seeds are enough: until the interval of each mean is narrow, within a bound."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from initscope.comparison.result import Comparison
from initscope.errors import InputError

MOST_SEEDS = 1000
"""Default bound of the seeds that are added."""

_GROWTH = 2  # at most; the first intervals are themselves uncertain


@dataclass(frozen=True, slots=True)
class Enough:
    """A rule that adds seeds.

    An interval's width falls with the root of the number of seeds, so that the number needed is
    guessed from the widest interval, and at most doubled at a time. Stopping when an interval
    looks narrow favours samples that look narrow: coverage is a little below what it says.

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
        if widest <= self.width:
            return ()
        factor = min(_GROWTH, (widest / self.width) ** 2)
        number = min(self.most, math.ceil(len(seeds) * factor), 2 * len(seeds))
        first = max(seeds) + 1
        return tuple(range(first, first + max(1, number - len(seeds))))


def _widest(comparison: Comparison) -> float:
    """Return the width of the widest interval; endless where one is not known yet."""
    widths = [0.0]
    for cell in comparison.cells:
        if cell.test_accuracy is None:  # every network diverged: there is no mean
            continue
        interval = cell.test_accuracy.ci95
        widths.append(interval[1] - interval[0] if interval else math.inf)
    return max(widths)
