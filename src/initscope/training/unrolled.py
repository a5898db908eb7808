"""Recurrent layers of torch.nn as plain operations, which ``torch.func.vmap`` can batch.

torch's own are one fused call, for which vmap has no rule. A layer with dropout or projections is
left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def unroll_(model: nn.Module) -> None:
    """Replace the forward pass of every recurrent layer by plain operations, in place."""
    for module in model.modules():
        if type(module) in _PLAIN and not (module.dropout or module.proj_size):
            module.__class__ = _PLAIN[type(module)]


def _forward(self: nn.RNNBase, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
    """Do what the fused call does, for a batch of sequences."""
    if x.dim() != 3 or state is not None:
        raise NotImplementedError("recurrent layers are unrolled for batches, from a zero state")
    steps = x.transpose(0, 1) if self.batch_first else x
    directions = 2 if self.bidirectional else 1
    finals = []
    for layer in range(self.num_layers):
        outputs = []
        for direction in range(directions):
            weights = self.all_weights[layer * directions + direction]
            ran, final = _run(self.mode, steps.flip(0) if direction else steps, weights)
            outputs.append(ran.flip(0) if direction else ran)
            finals.append(final)
        steps = torch.cat(outputs, -1)
    last = tuple(torch.stack(parts) for parts in zip(*finals, strict=True))
    out = steps.transpose(0, 1) if self.batch_first else steps
    return out, last if self.mode == "LSTM" else last[0]


def _run(mode: str, steps: Tensor, weights: Sequence[Tensor]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer in one direction; return its outputs and its final state."""
    own, recurrent, *biases = weights
    inputs = functional.linear(steps, own, biases[0] if biases else None)
    h = steps.new_zeros(steps.shape[1], recurrent.shape[1])
    state: tuple[Tensor, ...] = (h, h) if mode == "LSTM" else (h,)
    outputs = []
    for x in inputs.unbind(0):
        y = functional.linear(state[0], recurrent, biases[1] if biases else None)
        state = _STEPS[mode](x, y, *state)
        outputs.append(state[0])
    return torch.stack(outputs), state


def _lstm(x: Tensor, y: Tensor, _h: Tensor, c: Tensor) -> tuple[Tensor, ...]:
    entered, forgotten, cell, shown = (x + y).chunk(4, -1)
    c = forgotten.sigmoid() * c + entered.sigmoid() * cell.tanh()
    return shown.sigmoid() * c.tanh(), c


def _gru(x: Tensor, y: Tensor, h: Tensor) -> tuple[Tensor, ...]:
    (reset, update, new), (reset_h, update_h, new_h) = x.chunk(3, -1), y.chunk(3, -1)
    candidate = (new + (reset + reset_h).sigmoid() * new_h).tanh()
    return (candidate + (update + update_h).sigmoid() * (h - candidate),)


_STEPS: dict[str, Any] = {
    "RNN_TANH": lambda x, y, _h: ((x + y).tanh(),),
    "RNN_RELU": lambda x, y, _h: ((x + y).relu(),),
    "GRU": _gru,
    "LSTM": _lstm,
}


class _RNN(nn.RNN):
    forward = _forward  # type: ignore[assignment]


class _GRU(nn.GRU):
    forward = _forward  # type: ignore[assignment]


class _LSTM(nn.LSTM):
    forward = _forward  # type: ignore[assignment]


_PLAIN: dict[type, Any] = {nn.RNN: _RNN, nn.GRU: _GRU, nn.LSTM: _LSTM}
