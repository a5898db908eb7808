"""What a model is called with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

Example = Tensor | tuple[Any, ...] | dict[str, Any] | list[Any]
"""A tensor (one argument), a tuple (positional), a dict (named), or a list of several of these."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call's arguments."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]


def calls(example: Example | None) -> tuple[Call, ...]:
    """Return an example as calls.

    >>> calls({"x": 1}), calls((1, 2))
    ((Call(args=(), kwargs={'x': 1}),), (Call(args=(1, 2), kwargs={}),))
    """
    if example is None:
        return ()
    return tuple(map(_call, example)) if isinstance(example, list) else (_call(example),)


def _call(example: Any) -> Call:
    if isinstance(example, Mapping):
        return Call((), example)
    return Call(example, {}) if isinstance(example, tuple) else Call((example,), {})
