"""Arguments that several parts of the theory share, refused where they make no sense."""

from __future__ import annotations

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
    if not 0 <= value < float("inf"):
        raise InputError(f"{name} is {value}: expected a finite number from 0")


def require_choice(kind: str, value: object, known: Iterable[str]) -> None:
    """Refuse a word that is none of those known."""
    if value not in set(known):
        raise unknown(kind, str(value), known)
