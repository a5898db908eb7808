"""What recurrent calls took and gave, layer by layer, so that their gates can be measured.

What a layer that is not the last gives is not returned: it is run again, alone, without gradients
and dropout. Looked at are at most 16 members of a batch and 64 times, evenly spaced.
"""

from __future__ import annotations

import warnings
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
from initscope.observe.sequences import Numbers, Sequences
from initscope.observe.shelf import Shelf
from initscope.observe.values import is_measurable

Weights = tuple[Tensor, ...]

_HIDDEN = "Gates of {} behind dropout were not measured: what enters those layers is not known."
_OTHER = "Gates of {} were not measured: its tensors cannot be read here."


class Gatekeeper:
    """Measure the gates of recurrent calls; those of small calls wait on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._layers: dict[tuple[int, ...], Layer] = {}

    def measure(self, function: Any, event: Event, arguments: list[Argument], output: Any) -> None:
        """Measure the gates of a call that has run, or note why they stay hidden."""
        call, name = dict(arguments), event.key.path or event.function
        if cell(event.function) not in GATES:
            return
        tensors = [each for key, each in call.items() if key != "batch_sizes"]
        if not all(map(is_measurable, flat([tensors, output]))):
            event.note = _OTHER.format(name)
        elif event.function.endswith("_cell"):
            self._cell(event, call)
        else:
            run = Run.of(function, call, output[0])
            for place, weights, rows in run.steps():
                self._put(event, place, weights, rows)
            event.note = _HIDDEN.format(name) if run.seen < len(run.layers) else None

    def _cell(self, event: Event, call: Mapping[str, Any]) -> None:
        """Measure a single step."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = tuple(each for name in names if (each := call.get(name)) is not None)
        both = [call["input"], next(flat([call["hx"]]))]
        step = Sequences(np.array([len(both[0])])).stride
        self._put(event, (0, False), weights, _beside(*(each[::step] for each in both)))

    def _put(self, event: Event, place: tuple[int, bool], weights: Weights, rows: Tensor) -> None:
        """Let rows wait for others of their weights; for weights that were computed, at once."""
        keep = partial(event.gates.__setitem__, place)
        if not all(each.is_leaf for each in weights):
            keep(*Layer.of(cell(event.function), weights).measure(rows.unsqueeze(0)))
            return
        key = tuple(map(id, weights))
        if key not in self._layers:
            self._layers[key] = Layer.of(cell(event.function), weights)
        self._shelf.measure(self._layers[key].measure, rows, keep)


@dataclass(frozen=True, slots=True)
class Run:
    """A fused call, on a part of its batch.

    Attributes:
        function: torch's.
        layers: weights of each layer, one tuple a direction.
        has_biases: as torch was told.
        seen: number of layers whose inputs are known: the first alone, where dropout follows.
        sequences: which rows are which steps.
        x, output: rows of inputs, and of what the last layer gave.
        states: (layers * directions, members, size) at the start: h, and c of an LSTM.
    """

    function: Any
    layers: tuple[tuple[Weights, ...], ...]
    has_biases: bool
    seen: int
    sequences: Sequences
    x: Tensor
    output: Tensor
    states: tuple[Tensor, ...]

    @classmethod
    def of(cls, function: Any, call: Mapping[str, Any], output: Tensor) -> Run:
        """Take at most 16 members of the batch."""
        count, directions = call["num_layers"], 1 + call["bidirectional"]
        each = len(call["weights"]) // (count * directions)
        weights = _grouped(_grouped(call["weights"], each), directions)
        both = (call["input"].detach(), output.detach())
        sequences, stride, (x, out) = _some(both, call)
        is_dropped = call["train"] and call["dropout"] > 0
        states = tuple(state.detach()[:, ::stride] for state in flat([call["hx"]]))
        seen = 1 if is_dropped else count
        return cls(function, weights, call["bias"], seen, sequences, x, out, states)

    def steps(self) -> Iterator[tuple[tuple[int, bool], Weights, Tensor]]:
        """Yield layer and direction, the weights, and inputs beside the states that they meet."""
        x = self.x
        for number, weights in enumerate(self.layers[: self.seen]):
            is_last = number == len(self.layers) - 1
            output = self.output if is_last else self._again(number, x)
            outputs = output.chunk(len(weights), 1)
            for reverse, (own, part) in enumerate(zip(weights, outputs, strict=True)):
                rows, before = self.sequences.starts(reverse=bool(reverse))
                first = self.states[0][number * len(weights) + reverse]
                states = torch.cat([part, first.to(part.dtype)])
                yield (number, bool(reverse)), own, _beside(_rows(x, rows), _rows(states, before))
            x = output

    def _again(self, number: int, x: Tensor) -> Tensor:
        """Run one layer, alone."""
        weights = self.layers[number]
        directions = len(weights)
        places = slice(number * directions, (number + 1) * directions)
        hx = tuple(state[places].contiguous() for state in self.states)
        parts = [each for own in weights for each in own]
        how = (hx if len(hx) > 1 else hx[0], parts, self.has_biases, 1, 0.0, False, directions > 1)
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cuDNN's, of weights that lie apart
            if self.sequences.are_equally_long:
                steps = x.unflatten(0, (len(self.sequences.sizes), -1))
                padded: Tensor = self.function(steps, *how, False)[0]
                return padded.flatten(0, 1)
            packed: Tensor = self.function(x, torch.from_numpy(self.sequences.sizes), *how)[0]
            return packed


def _some(
    tensors: tuple[Tensor, ...], call: Mapping[str, Any]
) -> tuple[Sequences, int, list[Tensor]]:
    """Return steps, the distance between members that are looked at, and their rows."""
    if "batch_sizes" in call:
        whole = Sequences(call["batch_sizes"].numpy())
        kept, sequences = whole.some()
        return sequences, whole.stride, [_rows(each, kept) for each in tensors]
    if call["batch_first"]:
        tensors = tuple(each.transpose(0, 1) for each in tensors)
    times, members = tensors[0].shape[:2]
    stride = Sequences(np.array([members])).stride
    sequences = Sequences(np.full(times, -(-members // stride)))
    return sequences, stride, [each[:, ::stride].flatten(0, 1) for each in tensors]


def _rows(tensor: Tensor, numbers: Numbers) -> Tensor:
    return tensor[torch.from_numpy(numbers).to(tensor.device)]


def _beside(x: Tensor, states: Tensor) -> Tensor:
    return torch.cat([x.detach(), states.detach()], 1)


def _grouped(values: Any, size: int) -> tuple[Any, ...]:
    return tuple(tuple(values[start : start + size]) for start in range(0, len(values), size))
