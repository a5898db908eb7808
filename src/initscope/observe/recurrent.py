"""Gates of recurrent calls, measured at some steps: of at most 8 members, at most 8 times.

Of calls that repeat, as those of a cell in a loop, are measured the first, second, third, fifth,
ninth and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from initscope.observe.calls import Argument, flat
from initscope.observe.event import Event
from initscope.observe.gates import GATES, Layer, cell
from initscope.observe.layered import Ran, Weights, layered, layers
from initscope.observe.sequences import Numbers, Sequences
from initscope.observe.shelf import Shelf
from initscope.observe.values import is_measurable

Place = tuple[int, bool]
"""Layer and direction."""

_DROPPED = "Gates of {} were not measured: one kernel draws the dropout between its layers."
_UNREAD = "Gates of {} were not measured: its tensors cannot be read here."


class Gatekeeper:
    """Run recurrent calls and measure their gates; those of small calls wait on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._layers: dict[tuple[int, ...], Layer] = {}

    def run(
        self, function: Any, args: Any, kwargs: Any, arguments: list[Argument]
    ) -> tuple[Any, Ran]:
        """Run a call; return its result, and what each layer took and gave."""
        if cell(function.__name__) not in GATES:
            return function(*args, **kwargs), ()
        return layered(function, args, kwargs, arguments)

    def measure(self, event: Event, arguments: list[Argument], ran: Ran) -> None:
        """Measure the gates of a call that has run, or note why they stay hidden."""
        number = event.key.call
        if cell(event.function) not in GATES or number & (number - 1):
            return
        call, name = dict(arguments), event.key.path or event.function
        tensors = [each for key, each in call.items() if key != "batch_sizes"]
        if not ran:
            event.note = _DROPPED.format(name)
        elif not all(map(is_measurable, flat([tensors, ran]))):
            event.note = _UNREAD.format(name)
        else:
            steps = _step if event.function.endswith("_cell") else _steps
            with torch.no_grad():
                for place, weights, rows in steps(call, ran):
                    self._put(event, place, weights, rows)

    def _put(self, event: Event, place: Place, weights: Weights, rows: Tensor) -> None:
        """Let rows wait for others of their weights; for weights that were computed, at once."""
        keep = partial(event.gates.__setitem__, place)
        if not all(each.is_leaf for each in weights):
            keep(*Layer.of(cell(event.function), weights).measure(rows.unsqueeze(0)))
            return
        key = tuple(map(id, weights))
        if key not in self._layers:
            self._layers[key] = Layer.of(cell(event.function), weights)
        self._shelf.measure(self._layers[key].measure, rows, keep)


def _step(call: Mapping[str, Any], _ran: Ran) -> Iterator[tuple[Place, Weights, Tensor]]:
    """Yield the weights of a cell, and inputs beside the states that they meet."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    weights = tuple(each for name in names if (each := call.get(name)) is not None)
    stride = Sequences(np.array([len(call["input"])])).stride
    inputs, states = (next(flat([call[name]]))[::stride] for name in ("input", "hx"))
    yield (0, False), weights, torch.cat([inputs, states], 1)


def _steps(call: Mapping[str, Any], ran: Ran) -> Iterator[tuple[Place, Weights, Tensor]]:
    """Yield the weights of every layer and direction, and inputs beside the states they meet."""
    first = next(flat([call["hx"]]))
    for layer, (weights, both) in enumerate(zip(layers(call), ran, strict=True)):
        sequences, stride, (x, output) = _some(both, call)
        outputs = output.chunk(len(weights), 1)
        for reverse, (own, part) in enumerate(zip(weights, outputs, strict=True)):
            rows, before = sequences.starts(reverse=bool(reverse))
            start = first[layer * len(weights) + reverse, ::stride]
            states = torch.cat([part, start.to(part.dtype)])
            yield (layer, bool(reverse)), own, torch.cat([_at(x, rows), _at(states, before)], 1)


def _some(
    tensors: tuple[Tensor, ...], call: Mapping[str, Any]
) -> tuple[Sequences, int, list[Tensor]]:
    """Return which rows are which steps, the distance between the members, and their rows."""
    if "batch_sizes" in call:
        whole = Sequences(call["batch_sizes"].numpy())
        kept, sequences = whole.some()
        return sequences, whole.stride, [_at(each, kept) for each in tensors]
    if call["batch_first"]:
        tensors = tuple(each.transpose(0, 1) for each in tensors)
    whole = Sequences(np.full(*tensors[0].shape[:2]))
    few = [each[:, :: whole.stride] for each in tensors]
    return Sequences(np.full(*few[0].shape[:2])), whole.stride, [each.flatten(0, 1) for each in few]


def _at(tensor: Tensor, rows: Numbers) -> Tensor:
    return tensor[torch.from_numpy(rows).to(tensor.device)]
