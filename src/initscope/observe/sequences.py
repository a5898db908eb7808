"""The steps of a batch of sequences as rows, and from which row's state each of them starts.

Rows are ordered as torch packs them: every sequence at the first time, every one that still runs
at the second, and so on, the longest first. A padded batch is a packed one of equal lengths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEMBERS = 8  # sequences that are looked at, evenly spaced
TIMES = 8  # times that are looked at, evenly spaced

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sequences:
    """How many sequences run at each time; the number never grows."""

    sizes: Numbers

    @property
    def stride(self) -> int:
        """Distance between two members that are looked at."""
        return -(-int(self.sizes[0]) // MEMBERS)

    def some(self) -> tuple[Numbers, Sequences]:
        """Return the rows of at most 8 members, and how those members run.

        >>> rows, kept = Sequences(np.array([17, 3, 2])).some()
        >>> rows.tolist(), kept.sizes.tolist()
        ([0, 3, 6, 9, 12, 15, 17, 20], [6, 1, 1])
        """
        _time, member = self._places()
        return np.flatnonzero(member % self.stride == 0), Sequences(-(-self.sizes // self.stride))

    def starts(self, *, reverse: bool) -> tuple[Numbers, Numbers]:
        """Return the rows at most 8 times, and the rows whose states those start from.

        The states that the sequences themselves start from are numbered behind all rows.

        >>> Sequences(np.array([2, 1])).starts(reverse=False)[1].tolist()
        [3, 4, 0]
        >>> Sequences(np.array([2, 1])).starts(reverse=True)[1].tolist()
        [2, 4, 3]
        """
        time, member = self._places()
        first = np.concatenate([[0], np.cumsum(self.sizes)])
        if reverse:
            goes_on = member < np.append(self.sizes[1:], 0)[time]
            before = np.where(goes_on, first[time + 1], first[-1]) + member
        else:
            before = np.where(time > 0, first[time - 1], first[-1]) + member
        rows = np.flatnonzero(time % -(-len(self.sizes) // TIMES) == 0)
        return rows, before[rows]

    def _places(self) -> tuple[Numbers, Numbers]:
        """Return the time and the member of every row."""
        time = np.repeat(np.arange(len(self.sizes)), self.sizes)
        first = np.cumsum(self.sizes) - self.sizes
        return time, np.arange(len(time)) - first[time]
