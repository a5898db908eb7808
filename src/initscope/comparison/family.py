"""Which differences are told together, and what their number asks of each."""

from __future__ import annotations

import math
from dataclasses import dataclass

ALPHA = 0.05
"""The share of families in which a corrected p-value may call equal initializers different."""

_FLIPS = 9_999
_FLIPS_EACH = 100  # so that the smallest p-value, times the number of tests, is at most 0.01


@dataclass(frozen=True, slots=True)
class Family:
    """The paired differences that are corrected for together.

    The best of k initializers is known only from the results in which it is then the reference:
    whichever k - 1 of the k (k - 1) / 2 pairs are told, the best has picked them. Correcting for
    all pairs holds whatever picks. A reference that was named before anything was seen picks
    nothing, and asks for its k - 1 comparisons alone.

    Args:
        cells: how many are compared, k.
        seeds: how many pairs a difference is of, n.
        named: whether the reference was named in advance.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6 (1979), whose correction holds for any subset of the tests.

    >>> family = Family(cells=4, seeds=5, named=False)
    >>> family.size, family.smallest_p, family.enough_seeds
    (6, 0.375, 8)
    >>> Family(cells=4, seeds=5, named=True).size
    3
    """

    cells: int
    seeds: int
    named: bool

    @property
    def size(self) -> int:
        """Number of tests."""
        return self.cells - 1 if self.named else math.comb(self.cells, 2)

    @property
    def flips(self) -> int:
        """Sign patterns that are drawn where not all 2^n are tried."""
        return max(_FLIPS, _FLIPS_EACH * self.size - 1)

    @property
    def exact(self) -> bool:
        """Whether all sign patterns are tried: where that is no more work than drawing."""
        return 1 << self.seeds <= self.flips

    @property
    def smallest_p(self) -> float:
        """The smallest corrected p-value that these seeds can give: 2 / 2^n, times the tests."""
        least = 2 / 2**self.seeds if self.exact else 1 / (self.flips + 1)
        return min(1.0, self.size * least)

    @property
    def enough_seeds(self) -> int:
        """The number of seeds from which a corrected p-value can be at most 0.05."""
        return math.ceil(math.log2(2 * max(1, self.size) / ALPHA))
