"""What the numbers of the theory may be."""

from __future__ import annotations

import math

from initscope.errors import InputError


def require_variance(q: float) -> None:
    """Refuse what is not a second moment."""
    if not 0 <= q < math.inf:
        raise InputError(f"second moment {q}: expected a finite number from 0")


def require_positive(q: float) -> None:
    """Refuse what is not the second moment of a signal."""
    require_variance(q)
    if q == 0:
        raise InputError("second moment 0: expected a number above 0, such as 1")


def require_scale(name: str, value: float) -> None:
    """Refuse what is not a standard deviation."""
    if not 0 <= value < math.inf:
        raise InputError(f"{name} is {value}: expected a finite number from 0")


def require_correlation(c: float) -> None:
    """Refuse what is not a correlation."""
    if not -1 <= c <= 1:
        raise InputError(f"correlation {c}: expected a number between -1 and 1")
