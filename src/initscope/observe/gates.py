"""Gates of recurrent layers, which torch's fused calls hide, from what such a call takes and gives.

.. math:: z_t = W x_t + R h_{t-1} + b

is what a gate bends. Inputs x and outputs h are known at all times once the call has run: one
product gives all z, without a loop over time.

A bias that keeps the state is left out, as far as it does so: above zero at a forget or an update
gate, below zero at an input gate. Memories that last T steps need gates 1 / T away from an end
(Tallec and Ollivier, 2018, section 2.2); what inputs and states do to a gate is the question here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from initscope.observe.event import Event
from initscope.observe.measured import RecurrentGate, Signal
from initscope.observe.merging import merge_signals
from initscope.observe.statistics import signals

GATES = {
    "lstm": ("input gate", "forget gate", "cell", "output gate"),
    "gru": ("reset gate", "update gate", "candidate"),
    "rnn_tanh": ("state",),
}
"""What is bounded in each kind of layer, in the order in which its weights are packed."""

_TANH = frozenset({"cell", "candidate", "state"})
_JUDGED = {
    "input gate": (0.0, math.inf),
    "forget gate": (-math.inf, 0.0),
    "update gate": (-math.inf, 0.0),
}
"""Biases that do not keep the state."""


def activation(gate: str) -> str:
    """Return what bends a gate."""
    return "tanh" if gate in _TANH else "sigmoid"


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The weights of one layer in one direction.

    Attributes:
        cell: a key of :data:`GATES`.
        weights: as torch has them: W, R, and two biases where there are any.
        bias: of all gates, without what keeps the state.
        late: bias of a GRU's candidate that its reset gate multiplies.
    """

    cell: str
    weights: tuple[Tensor, ...]
    bias: Tensor | None
    late: Tensor | None

    @classmethod
    def of(cls, cell: str, weights: tuple[Tensor, ...]) -> Layer:
        """Add up the biases."""
        if len(weights) < 4:
            return cls(cell, weights, None, None)
        own, recurrent = (each.detach().chunk(len(GATES[cell])) for each in weights[2:4])
        sums = [
            (one + other).clamp(*_JUDGED.get(gate, (-math.inf, math.inf)))
            for gate, one, other in zip(GATES[cell], own, recurrent, strict=True)
        ]
        if cell == "gru":
            sums[-1] = own[-1]
        return cls(cell, weights, torch.cat(sums), recurrent[-1] if cell == "gru" else None)

    def measure(self, stack: Tensor) -> Iterator[tuple[Signal, ...]]:
        """Measure the gates of n stacked (rows, inputs + states)."""
        with torch.no_grad():
            values = self.values(stack.flatten(0, 1))
        grid = torch.stack(values).view(-1, stack.shape[1], values[0].shape[1])
        found = tuple(signals(grid, -1))
        return (found[number :: len(stack)] for number in range(len(stack)))

    def values(self, rows: Tensor) -> list[Tensor]:
        """Return each gate's values, from inputs and the states before them, side by side."""
        wide = rows if rows.dtype == torch.float64 else rows.float()
        x, h = wide.split([each.shape[1] for each in self.weights[:2]], 1)
        own, recurrent = (each.detach().to(wide.dtype) for each in self.weights[:2])
        bias = None if self.bias is None else self.bias.to(wide.dtype)
        names = GATES[self.cell]
        ours = functional.linear(x, own, bias).chunk(len(names), 1)
        theirs = functional.linear(h, recurrent).chunk(len(names), 1)
        found: list[Tensor] = []
        for name, one, other in zip(names, ours, theirs, strict=True):
            added = self._reset(other, found[0]) if name == "candidate" else other
            found.append(getattr(torch, activation(name))(one + added))
        return found

    def _reset(self, state: Tensor, gate: Tensor) -> Tensor:
        """Return what a GRU's reset gate leaves of the state in the candidate."""
        return gate * (state if self.late is None else state + self.late)


def gates(events: list[Event]) -> tuple[RecurrentGate, ...]:
    """Return the gates of one operation, over the batches in which they were seen."""
    found: dict[tuple[int, bool], list[tuple[Signal, ...]]] = {}
    for event in events:
        for place, values in event.gates.items():
            found.setdefault(place, []).append(values)
    names = GATES.get(cell(events[0].function), ())
    return tuple(
        RecurrentGate(*place, name, activation(name), _merged(rows))
        for place in sorted(found)
        for name, rows in zip(names, zip(*found[place], strict=True), strict=True)
    )


def _merged(rows: tuple[Signal, ...]) -> Signal:
    return merge_signals(list(rows)) if len(rows) > 1 else rows[0]


def cell(function: str) -> str:
    """Return the kind of layer that a function is.

    >>> cell("lstm_cell"), cell("gru")
    ('lstm', 'gru')
    """
    return function.removesuffix("_cell")
