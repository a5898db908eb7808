"""Counts and intervals of what the linter found in the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

Row = Mapping[str, Any]

_LEVELS = {"error": 2, "warning": 1, "info": 0}


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    count: int
    of: int

    def __str__(self) -> str:
        """Write count, share and interval."""
        if not self.of:
            return "0 of 0"
        low, high = wilson(self.count, self.of)
        return f"{self.count} of {self.of} = {self.count / self.of:.2f} [{low:.2f}, {high:.2f}]"


def wilson(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of a share.

    >>> low, high = wilson(8, 10)
    >>> f"{low:.3f} {high:.3f}"
    '0.490 0.943'
    """
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, weight = count / of, z * z / of
    middle = (share + weight / 2) / (1 + weight)
    half = z * (share * (1 - share) / of + weight / (4 * of)) ** 0.5 / (1 + weight)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def fired(row: Row, level: str = "warning") -> list[set[str]]:
    """Return the rules that fired at a level or above, in each draw, as findings of their own."""
    least = _LEVELS[level]
    return [
        {rule for severity, rule, cause in found if rule == cause and _LEVELS[severity] >= least}
        for found in row["found"]
    ]


def told(row: Row, level: str = "warning") -> list[set[str]]:
    """Return the rules that fired, with those that a finding names as its symptoms."""
    least = _LEVELS[level]
    return [
        {rule for severity, rule, _cause in found if _LEVELS[severity] >= least}
        for found in row["found"]
    ]


def false_alarms(row: Row) -> set[str]:
    """Return the rules that warned in any draw of what is not true of the model."""
    found: set[str] = set().union(*fired(row))
    return found - set(row["true"])


def true_alarms(row: Row) -> set[str]:
    """Return the rules that rightly warned in any draw."""
    found: set[str] = set().union(*fired(row, row["level"]))
    return found & set(row["true"])


def is_found(row: Row) -> bool:
    """Whether the planted defect was found in every draw."""
    names = set(row["names"])
    return all(rules & names for rules in told(row, row["level"]))


def is_named(row: Row) -> bool:
    """Whether the planted rule itself fired in every draw."""
    return all(row["defect"] in rules for rules in told(row, row["level"]))


def precision(rows: Iterable[Row], rule: str = "") -> Share:
    """Return true alarms of all alarms, of one rule or of all."""
    right = wrong = 0
    for row in rows:
        right += len({each for each in true_alarms(row) if not rule or each == rule})
        wrong += len({each for each in false_alarms(row) if not rule or each == rule})
    return Share(right, right + wrong)


def recall(rows: Iterable[Row], rule: str = "", *, named: bool = False) -> Share:
    """Return found defects of all planted ones, of one rule or of all."""
    planted = [row for row in rows if row["defect"] and (not rule or row["defect"] == rule)]
    return Share(sum((is_named if named else is_found)(row) for row in planted), len(planted))
