"""Decisions on growth that several rules share, with their thresholds."""

from __future__ import annotations

from initscope.rules.profile import Growth

TOTAL = 1e4
"""Change of a second moment over the whole path from which it counts: two decades of the values."""

SIGNIFICANT = 4.0
"""Standard errors that the mean change a layer must lie from none."""


def changes_with_depth(growth: Growth, *, falling: bool) -> bool:
    """Whether a quantity changes geometrically, by enough, and by no accident."""
    change = 1 / growth.total if falling else growth.total
    t = -growth.t if falling else growth.t
    return change > TOTAL and t > SIGNIFICANT


def collapses_at(growth: Growth, *, falling: bool) -> bool:
    """Whether one layer alone changes it by that much, and nothing behind makes up for it."""
    jump = 1 / growth.jump if falling else growth.jump
    total = 1 / growth.total if falling else growth.total
    return jump > TOTAL and total > TOTAL
