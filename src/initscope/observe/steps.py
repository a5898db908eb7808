"""Some steps of a batch of sequences, and the step whose state each of them meets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MEMBERS = 4  # sequences that are looked at, evenly spaced
TIMES = 8  # times that are looked at, evenly spaced

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Steps:
    """At most 4 members of a batch at most 8 times, as far as they run.

    Attributes:
        sizes: number of sequences that run at each time; it never grows, as torch packs them.
        time, member: of every step.
    """

    sizes: Numbers
    time: Numbers
    member: Numbers

    @classmethod
    def of(cls, sizes: Numbers) -> Steps:
        """Choose steps.

        >>> Steps.of(np.array([2, 1])).time.tolist(), Steps.of(np.array([2, 1])).member.tolist()
        ([0, 0, 1], [0, 1, 0])
        """
        times, members = spaced(len(sizes), TIMES), spaced(int(sizes[0]), MEMBERS)
        time, member = np.repeat(times, len(members)), np.tile(members, len(times))
        runs = member < sizes[time]
        return cls(sizes, time[runs], member[runs])

    def rows(self, time: Numbers) -> Numbers:
        """Return where the members are in a packed batch: all of the first time, the second, ..."""
        return (np.cumsum(self.sizes) - self.sizes)[time] + self.member

    def before(self, *, reverse: bool) -> Numbers:
        """Return the time of the state that each step meets; -1 for the first state.

        >>> steps = Steps.of(np.array([2, 1]))
        >>> steps.before(reverse=False).tolist(), steps.before(reverse=True).tolist()
        ([-1, -1, 0], [1, -1, -1])
        """
        if not reverse:
            return self.time - 1
        goes_on = self.member < np.append(self.sizes[1:], 0)[self.time]
        return np.where(goes_on, self.time + 1, -1)


def spaced(count: int, most: int) -> Numbers:
    """Return at most so many numbers below a count, evenly spaced from zero.

    >>> spaced(20, 8).tolist()
    [0, 3, 6, 9, 12, 15, 18]
    """
    return np.arange(0, count, -(-count // most))
