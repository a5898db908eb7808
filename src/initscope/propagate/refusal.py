"""The refusal to predict, with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn


class NoModelError(Exception):
    """There is no accurate model for an operation; the message is the reason, for a reader."""


def refused(reason: str) -> Callable[[object], NoReturn]:
    """Return a rule, of either pass, that gives a reason."""

    def refuse(_at: object) -> NoReturn:
        raise NoModelError(reason)

    return refuse
