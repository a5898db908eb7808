"""The table of built-in networks, and how one is named."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from initscope.errors import InputError, unknown
from initscope.initializers.text import split
from initscope.networks.builders import convnet, encoder, mlp, rnn, transformer

Builder = Callable[..., tuple[nn.Module, Tensor]]

_SEED = "seed"

_SWITCHES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a name, and the function whose keywords are the sizes."""

    name: str
    make: Builder

    @property
    def sizes(self) -> dict[str, Any]:
        """What can be set, with the defaults."""
        return {k: p.default for k, p in inspect.signature(self.make).parameters.items()}

    @property
    def summary(self) -> str:
        """What it is, in one line."""
        return (inspect.getdoc(self.make) or "").splitlines()[0]


@dataclass(frozen=True, slots=True)
class Built:
    """A network and what it is called with."""

    model: nn.Module
    example: Tensor


ROWS = (
    Row("mlp", mlp),
    Row("convnet", convnet),
    Row("rnn", rnn),
    Row("transformer", transformer),
    Row("encoder", encoder),
)

NAMES = {row.name: row for row in ROWS}
"""Every built-in network by its name."""


def build(text: str, seed: int = 0) -> Built:
    """Make a network from its text form, with PyTorch's own initialization.

    Args:
        text: a name, and sizes after a colon: ``mlp:depth=30,width=256``; among them may be a seed.
        seed: of the weights, where the text has none; the global generator is left as it was.

    Raises:
        InputError: the name or a size is unknown, or a value does not fit.

    >>> build("mlp:depth=2,width=8").model[0][0]
    Linear(in_features=64, out_features=8, bias=True)
    """
    row, sizes = _parsed(text, {_SEED: seed})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(sizes.pop(_SEED, seed))
        return Built(*row.make(**sizes))


def read(text: str) -> tuple[str, dict[str, Any]]:
    """Read a network's name and the sizes that the text sets.

    Raises:
        InputError: the name or a size is unknown, or a value is of another kind.

    >>> read("rnn:cell=gru,length=8")
    ('rnn', {'cell': 'gru', 'length': 8})
    """
    row, sizes = _parsed(text, {})
    return row.name, sizes


def _parsed(text: str, others: Mapping[str, Any]) -> tuple[Row, dict[str, Any]]:
    """Read a network, and the sizes that the text sets; it may set others than the row's, too."""
    name, _, rest = text.partition(":")
    if name not in NAMES:
        raise unknown("network", name, NAMES)
    known = {**NAMES[name].sizes, **others}
    sizes: dict[str, Any] = {}
    for key, value in (_pair(name, known, part) for part in split(rest) if part):
        if key in sizes:
            raise InputError(f"{name}: {key} is given twice, as {sizes[key]} and as {value}")
        sizes[key] = value
    return NAMES[name], sizes


def _pair(name: str, known: Mapping[str, Any], part: str) -> tuple[str, Any]:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals:
        raise InputError(f"{name}: cannot read {part!r}: expected size=value, such as depth=30")
    if key not in known:
        raise unknown(f"size of {name}", key, known)
    return key, _value(name, key, value, known[key])


def _value(name: str, key: str, value: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return _SWITCHES[value.lower()]
        if isinstance(default, str):
            return value
        number = type(default)(value)
    except (KeyError, ValueError):
        kind = {bool: "true or false", int: "a whole number", float: "a number"}[type(default)]
        raise InputError(f"{name}: {key} is {value!r}, expected {kind}") from None
    if not number >= (0 if key in {"depth", _SEED} or isinstance(default, float) else 1):
        raise InputError(f"{name}: {key} is {value}, expected a larger number")
    return number
