"""Errors that teach: what was received, what was expected, what to type instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InitscopeError(Exception):
    """Base of every error that initscope raises on purpose."""


class InputError(InitscopeError, ValueError):
    """The caller's input cannot be used; the message says what to type instead."""


class StorageError(InitscopeError, OSError):
    """A results store or an output file cannot be opened, read or written."""


class MissingExtraError(InitscopeError, ImportError):
    """An optional dependency is not installed; the message names the extra."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package: pip install 'initscope[{extra}]'")


def unknown(kind: str, received: str, known: Iterable[str]) -> InputError:
    """Say that a name is unknown, suggest the nearest known one, else list them all.

    >>> print(unknown("task", "irsi", ["iris", "wine"]))
    unknown task 'irsi': did you mean 'iris'?
    >>> print(unknown("task", "cifar", ["iris", "wine"]))
    unknown task 'cifar': expected one of iris, wine
    """
    names = sorted(set(known))
    near = difflib.get_close_matches(received.lower(), names, n=1, cutoff=0.6)
    advice = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(names)}"
    return InputError(f"unknown {kind} {received!r}: {advice}")
