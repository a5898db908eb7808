"""Recurrent calls of several layers, made layer by layer, so that each layer's output is seen.

It is what torch itself does on a CPU, in the same order, down to the dropout in between.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from initscope.observe.calls import Argument, flat

Weights = tuple[Tensor, ...]
"""Of one layer in one direction: W, R, two biases or none, and a projection if there is one."""

Ran = tuple[tuple[Tensor, Tensor], ...]
"""What each layer took and gave; empty where it was not seen."""


def layered(
    function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], arguments: list[Argument]
) -> tuple[Any, Ran]:
    """Run a recurrent call; return its result, and what each layer took and gave."""
    call = dict(arguments)
    if call.get("num_layers", 1) == 1:
        result = function(*args, **kwargs)
        return result, ((call["input"], next(flat([result]))),)
    if _is_dropped(call) and not call["input"].is_cpu:  # its kernel draws masks of its own
        return function(*args, **kwargs), ()
    x, ran, finals = call["input"], [], []
    for number, weights in enumerate(layers(call)):
        if number and _is_dropped(call):
            x = _dropped(x, call)
        output, *final = _layer(function, call, number, weights, x)
        ran.append((x, output))
        finals.append(final)
        x = output
    return (x, *(torch.cat(each) for each in zip(*finals, strict=True))), tuple(ran)


def layers(call: Mapping[str, Any]) -> tuple[tuple[Weights, ...], ...]:
    """Return the weights of each layer of a fused call, one tuple a direction."""
    directions = 1 + call["bidirectional"]
    each = len(call["weights"]) // (call["num_layers"] * directions)
    return _grouped(_grouped(call["weights"], each), directions)


def _grouped(values: Any, size: int) -> tuple[Any, ...]:
    return tuple(tuple(values[start : start + size]) for start in range(0, len(values), size))


def _layer(
    function: Any, call: Mapping[str, Any], number: int, weights: tuple[Weights, ...], x: Tensor
) -> tuple[Tensor, ...]:
    """Run one layer on its part of the states."""
    first = number * len(weights)
    states = tuple(each[first : first + len(weights)] for each in flat([call["hx"]]))
    inputs = (x, call["batch_sizes"]) if "batch_sizes" in call else (x,)
    order = () if "batch_sizes" in call else (call["batch_first"],)
    hx = states[0] if isinstance(call["hx"], Tensor) else states
    parts = [each for own in weights for each in own]
    how = (hx, parts, call["bias"], 1, 0.0, call["train"], call["bidirectional"], *order)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous")
        found: tuple[Tensor, ...] = function(*inputs, *how)
    return found


def _is_dropped(call: Mapping[str, Any]) -> bool:
    return bool(call["train"] and call["dropout"] > 0)


def _dropped(x: Tensor, call: Mapping[str, Any]) -> Tensor:
    """Draw dropout's mask in torch's order, time after time."""
    if not call.get("batch_first"):
        return torch.dropout(x, call["dropout"], train=True)
    return torch.dropout(x.transpose(0, 1), call["dropout"], train=True).transpose(0, 1)
