"""Arguments that several parts of the theory share, refused where they make no sense."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral

from initscope.errors import InputError, unknown


def require_count(name: str, value: object, least: int = 1) -> None:
    """Refuse what is not a whole number from `least`.

    >>> require_count("depth", 2.5)
    Traceback (most recent call last):
    initscope.errors.InputError: depth is 2.5: expected a whole number from 1
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise InputError(f"{name} is {value!r}: expected a whole number from {least}")


def require_scale(name: str, value: float) -> None:
    """Refuse what is not a finite number from 0."""
    if not 0 <= value < math.inf:
        raise InputError(f"{name} is {value}: expected a finite number from 0")


def require_variance(q: float) -> None:
    """Refuse what is not a second moment."""
    if not 0 <= q < math.inf:
        raise InputError(f"second moment {q}: expected a finite number from 0")


def require_positive(q: float) -> None:
    """Refuse what is not the second moment of a signal."""
    require_variance(q)
    if q == 0:
        raise InputError("second moment 0: expected a number above 0, such as 1")


def require_correlation(c: float) -> None:
    """Refuse what is not a correlation."""
    if not -1 <= c <= 1:
        raise InputError(f"correlation {c}: expected a number between -1 and 1")


def require_choice(kind: str, value: object, known: Iterable[str]) -> None:
    """Refuse a word that is none of those known."""
    if value not in set(known):
        raise unknown(kind, str(value), known)
