"""Processor time that the gates of recurrent layers add to a check, over a plain pass of the batch.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/gates_overhead.py

The plain pass is forward and backward. It and a check, with and without gates, take turns; ratios
are medians over the turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from unittest.mock import patch

import torch
from torch import Tensor, nn

from initscope.checking import check
from initscope.observe.gates import GATES

TURNS = 15


class Loop(nn.Module):
    """A cell that runs once a step."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(inputs, hidden)

    def forward(self, steps: Tensor) -> Tensor:
        """Return the states at all steps."""
        state, found = None, []
        for x in steps:
            state = self.cell(x, state)
            found.append(state[0])
        return torch.stack(found)


def cases() -> dict[str, tuple[nn.Module, tuple[int, ...]]]:
    """Return layers, each with the shape of its input: times, members, features."""
    return {
        "LSTM, 64 units": (nn.LSTM(8, 64), (32, 32, 8)),
        "LSTM, 2 layers of 64": (nn.LSTM(64, 64, 2), (32, 32, 64)),
        "RNN, 2 layers of 128": (nn.RNN(64, 128, 2), (50, 32, 64)),
        "LSTM, 2 layers of 256": (nn.LSTM(128, 256, 2), (64, 32, 128)),
        "GRU, 3 layers of 2 x 256": (nn.GRU(128, 256, 3, bidirectional=True), (64, 16, 128)),
        "LSTM, 512 units": (nn.LSTM(256, 512), (100, 64, 256)),
        "LSTM, 4 layers of 512": (nn.LSTM(256, 512, 4), (50, 8, 256)),
        "LSTMCell of 64, a loop": (Loop(64, 64), (32, 32, 64)),
        "LSTMCell of 256, a loop": (Loop(128, 256), (32, 32, 128)),
    }


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print("| layer | times x members | plain | check without gates | with | gates |")
    print("|---|---|---|---|---|---|")
    for name, (model, shape) in cases().items():
        times = [_turn(model, torch.randn(shape)) for _ in range(TURNS + 2)][2:]
        ratios = [(without / plain, checked / plain) for plain, without, checked in times]
        without, checked = (statistics.median(each) for each in zip(*ratios, strict=True))
        added = statistics.median(b - a for a, b in ratios)
        plain = min(each[0] for each in times) * 1e3
        row = f"{plain:.1f} ms | {without:.2f} | {checked:.2f} | {added:.2f}"
        print(f"| {name} | {shape[0]} x {shape[1]} | {row} |", flush=True)


def _turn(model: nn.Module, x: Tensor) -> tuple[float, float, float]:
    with patch.dict(GATES, clear=True):
        without = _time(lambda: check(model, x))
    return _time(lambda: _plain(model, x)), without, _time(lambda: check(model, x))


def _plain(model: nn.Module, x: Tensor) -> None:
    model.zero_grad(set_to_none=True)
    output = model(x)
    (output if isinstance(output, Tensor) else output[0]).sum().backward()


def _time(program: Callable[[], object]) -> float:
    start = time.process_time()
    program()
    return time.process_time() - start


if __name__ == "__main__":
    main()
