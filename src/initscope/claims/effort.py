"""How much is measured, and from which seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from initscope.errors import InputError, unknown

Name = Literal["full", "quick"]

EFFORTS: tuple[Name, ...] = ("full", "quick")

_APART = 1000
"""Seeds between two sets: more than any claim takes, so that sets share none."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a run spends, and which set of seeds it draws from.

    Args:
        name: ``"full"``, or ``"quick"`` with fewer seeds and wider intervals.
        seed_set: verdicts from different sets are independent of each other.

    Raises:
        InputError: the name is unknown, or the set is negative.

    >>> Effort("quick", seed_set=1).seeds(full=20, quick=3)
    (1000, 1001, 1002)
    """

    name: Name = "full"
    seed_set: int = 0

    def __post_init__(self) -> None:
        if self.name not in EFFORTS:
            raise unknown("effort", self.name, EFFORTS)
        if not 0 <= self.seed_set < 10**6:
            raise InputError(f"seed set {self.seed_set}: expected a whole number from 0")

    def seeds(self, *, full: int, quick: int) -> tuple[int, ...]:
        """Return as many seeds as this effort spends."""
        first = self.seed_set * _APART
        return tuple(range(first, first + (full if self.name == "full" else quick)))
