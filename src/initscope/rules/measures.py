"""Decisions on growth that several rules share, with their thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from scipy.special import stdtrit

from initscope.rules.profile import Growth, Step, changes

TOTAL = 1e4
"""Change of a second moment over the whole path from which it counts: two decades of the values."""

TOTAL_NORMALIZED = 1e7
"""The same for gradients between normalizations. Batch normalization in residual branches gains
about 1.4 a block: 10^3.8 for 50 layers and 10^5 for 101, which train."""

LOST = 1e8
"""Change from which it is an error: four decades of the values."""

ACCIDENT = 1e-5
"""Probability with which changes that are independent, normal and zero in the mean would seem to be
geometric: what t must exceed by Student's law."""

ODD = 100.0
"""Change of a second moment in one layer, beside that of the others, from which it is odd: one
decade of the values."""

SPREADS = 6.0
"""Robust standard deviations of the other layers' changes that an odd one must lie apart."""

SAME = 1e-5
"""Distance of two sketches, in units of the largest of them, that rounding explains."""

FEWEST = 5
"""Changes that make a trend, and among which one can be odd: the others are a majority by far."""


def changes_with_depth(growth: Growth, *, falling: bool, limit: float = TOTAL) -> bool:
    """Whether a quantity changes geometrically, by enough, and by no accident.

    Over less than five layers only what would be lost anyway counts.
    """
    change = 1 / growth.total if falling else growth.total
    t = -growth.t if falling else growth.t
    enough = change > (limit if growth.layers >= FEWEST else max(limit, LOST))
    return enough and t > significant(growth.layers)


def significant(layers: int) -> float:
    """Return the t that a mean change must exceed, with a number of changes.

    >>> round(significant(5), 1), round(significant(30), 1)
    (23.3, 5.1)
    """
    return float(stdtrit(layers - 1, 1 - ACCIDENT))


def odd_layers(steps: Sequence[Step], *, falling: bool) -> tuple[tuple[int, float], ...]:
    """Return layers whose signal changes unlike that of the others, with the factor of each.

    The last stop is left out, since a head has a scale of its own, unless it is a normalized branch
    that grows; so is a layer that gives back what the one before it took, and a normalized branch
    that is like the others, beside a stream that was lost before.
    """
    ends_in_branch = not falling and bool(steps) and steps[-1].added is not None
    found = changes(steps if ends_in_branch else steps[:-1])
    if len(found) < FEWEST:
        return ()
    usual = median(found.values())
    apart = {index: change - usual for index, change in found.items()}
    spread = 1.4826 * median(map(abs, apart.values()))
    limit = max(math.log(ODD), SPREADS * spread)
    sign = -1 if falling else 1
    plain = median([step.added for step in steps if step.added is not None] or [0.0])
    return tuple(
        (index, math.exp(min(abs(away), 700)))
        for index, away in apart.items()
        if sign * away > limit
        and sign * apart.get(index - 1, 0.0) > -limit
        and not _is_like(steps[index].added, plain)
    )


def _is_like(added: float | None, plain: float) -> bool:
    """Whether what a normalized branch adds is as usual."""
    return added is not None and added < ODD * plain
