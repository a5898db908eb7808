"""The table of built-in networks, and how one is named."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from initscope.errors import InputError, unknown
from initscope.networks.builders import convnet, encoder, mlp, rnn, transformer

Builder = Callable[..., tuple[nn.Module, Tensor]]

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
        text: a name, and sizes after a colon: ``mlp:depth=30,width=256``.
        seed: of the weights; the global generator is left as it was.

    Raises:
        InputError: the name or a size is unknown, or a value does not fit.

    >>> build("mlp:depth=2,width=8").model[0][0]
    Linear(in_features=64, out_features=8, bias=True)
    """
    name, sizes = read(text)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Built(*NAMES[name].make(**sizes))


def read(text: str) -> tuple[str, dict[str, Any]]:
    """Read a network's name and the sizes that the text sets.

    Raises:
        InputError: the name or a size is unknown, or a value is of another kind.

    >>> read("rnn:cell=gru,length=8")
    ('rnn', {'cell': 'gru', 'length': 8})
    """
    name, _, rest = text.partition(":")
    if name not in NAMES:
        raise unknown("network", name, NAMES)
    return name, dict(_pair(NAMES[name], part) for part in rest.split(",") if part)


def _pair(row: Row, part: str) -> tuple[str, Any]:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals:
        raise InputError(f"{row.name}: cannot read {part!r}: expected size=value, such as depth=30")
    if key not in row.sizes:
        raise unknown(f"size of {row.name}", key, row.sizes)
    return key, _value(row, key, value)


def _value(row: Row, key: str, value: str) -> Any:
    default = row.sizes[key]
    try:
        if isinstance(default, bool):
            return _SWITCHES[value.lower()]
        if isinstance(default, str):
            return value
        number = type(default)(value)
    except (KeyError, ValueError):
        kind = {bool: "true or false", int: "a whole number", float: "a number"}[type(default)]
        raise InputError(f"{row.name}: {key} is {value!r}, expected {kind}") from None
    if number < (0 if key in {"depth", "dropout", "branch_scale"} else 1):
        raise InputError(f"{row.name}: {key} is {value}, expected a larger number")
    return number
