"""The arguments of a call by name: its tensors, and its plain options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from initscope.observe.kinds import Row

Arguments = tuple[Any, ...]
Keywords = Mapping[str, Any]
Argument = tuple[str, Any]

_RENAMED = {
    "training": "batch_statistics",
    "use_input_stats": "batch_statistics",
    "negative_slope": "a",
    "mat1": "input",
    "mat2": "weight",
    "data": "input",
    "params": "weights",
    "has_biases": "bias",
    "w_ih": "weight_ih",
    "w_hh": "weight_hh",
    "b_ih": "bias_ih",
    "b_hh": "bias_hh",
}
_HIDDEN = frozenset({"inplace", "_stacklevel"})


def named(row: Row, args: Arguments, kwargs: Keywords) -> list[Argument]:
    """Return every argument with its name, or its number where the table has no name for it."""
    names = _names(row, args)
    found = list(zip(names, args, strict=False))
    found += [(str(number), args[number]) for number in range(len(names), len(args))]
    for name, value in kwargs.items():
        renamed = _RENAMED.get(name, name)
        found.append((renamed if renamed in row.arguments else name, value))
    return found


def _names(row: Row, args: Arguments) -> tuple[str, ...]:
    """Return the names of positional arguments; a packed sequence brings one argument more."""
    if row.function in {"lstm", "gru", "rnn_tanh", "rnn_relu"} and len(args) > 3:
        if isinstance(args[3], list | tuple):
            return ("input", "batch_sizes", *row.arguments[1:-1])
    elif row.function == "permute" and len(args) > 2:
        return ("input",)
    return row.arguments


def tensors(arguments: list[Argument]) -> list[tuple[str, Tensor]]:
    """Return every tensor of a call with the name of its argument."""
    found: list[tuple[str, Tensor]] = []
    for name, value in arguments:
        if isinstance(value, Tensor):
            found.append((name, value))
        elif isinstance(value, list | tuple):
            found.extend((name, each) for each in flat(value))
    return found


def flat(value: Any) -> Iterator[Tensor]:
    """Yield the tensors of nested lists and tuples."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from flat(each)


def options(arguments: list[Argument]) -> dict[str, object]:
    """Return the plain arguments of a call: numbers, words, and tuples of them."""
    return {
        name: tuple(value) if isinstance(value, list | tuple) else value
        for name, value in arguments
        if _is_plain(value) and not name.isdigit() and name not in _HIDDEN
    }


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(each, int | float) for each in value)
    return isinstance(value, int | float | str)
