"""Gates of recurrent calls, measured at some steps: of at most 4 members, at most 8 times.

Of calls that repeat, as those of a cell in a loop, are measured the first, second, third, fifth,
ninth and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from initscope.observe.calls import Argument, flat
from initscope.observe.event import Event
from initscope.observe.gates import GATES, Layer, cell
from initscope.observe.layered import Ran, Weights, layered, layers
from initscope.observe.shelf import Shelf
from initscope.observe.steps import MEMBERS, Numbers, Steps, spaced
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
    members = torch.from_numpy(spaced(len(call["input"]), MEMBERS)).to(call["input"].device)
    inputs, states = (next(flat([call[name]]))[members] for name in ("input", "hx"))
    yield (0, False), weights, torch.cat([inputs, states], 1)


def _steps(call: Mapping[str, Any], ran: Ran) -> Iterator[tuple[Place, Weights, Tensor]]:
    """Yield the weights of every layer and direction, and inputs beside the states they meet."""
    first, sampled = next(flat([call["hx"]])), _Sampled.of(call)
    for layer, (weights, (x, output)) in enumerate(zip(layers(call), ran, strict=True)):
        inputs = sampled.inputs(x)
        for reverse, own in enumerate(weights):
            size = output.shape[-1] // len(weights)
            part = output[..., reverse * size : (reverse + 1) * size]
            states = sampled.states(part, first[layer * len(weights) + reverse], bool(reverse))
            yield (layer, bool(reverse)), own, torch.cat([inputs, states], 1)


@dataclass(frozen=True, slots=True)
class _Sampled:
    """Some steps of a call.

    Attributes:
        steps: which.
        is_packed, batch_first: how tensors are laid out.
    """

    steps: Steps
    is_packed: bool
    batch_first: bool

    @classmethod
    def of(cls, call: Mapping[str, Any]) -> _Sampled:
        if "batch_sizes" in call:
            return cls(Steps.of(call["batch_sizes"].numpy()), True, False)
        shape = call["input"].shape[:2]
        times, members = shape[::-1] if call["batch_first"] else shape
        return cls(Steps.of(np.full(times, members)), False, call["batch_first"])

    def inputs(self, tensor: Tensor) -> Tensor:
        """Return rows of what is known at every step."""
        return self._at(tensor, self.steps.time)

    def states(self, output: Tensor, first: Tensor, reverse: bool) -> Tensor:
        """Return the states that the steps meet."""
        before = self.steps.before(reverse=reverse)
        found = self._at(output, np.maximum(before, 0))
        starts = np.flatnonzero(before < 0)
        found[_index(starts, found)] = first[_index(self.steps.member[starts], first)].to(
            found.dtype
        )
        return found

    def _at(self, tensor: Tensor, time: Numbers) -> Tensor:
        if self.is_packed:
            return tensor[_index(self.steps.rows(time), tensor)]
        times, members = _index(time, tensor), _index(self.steps.member, tensor)
        return tensor[members, times] if self.batch_first else tensor[times, members]


def _index(numbers: Numbers, like: Tensor) -> Tensor:
    return torch.from_numpy(numbers).to(like.device)
