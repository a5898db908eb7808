"""Time of one observation over that of a plain forward and backward pass, on the same model.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/observe_overhead.py

The plain pass is `model(x).sum().backward()` or `model(...).loss.backward()`. Where torchinfo is
installed, its forward-only summary is a peer. All take turns for several rounds, and the best time
of each counts.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from initscope.observe import observe

ROUNDS = 7


@dataclass(frozen=True)
class Case:
    """A model with its input."""

    name: str
    model: nn.Module
    inputs: dict[str, Tensor]

    def plain(self) -> None:
        """Run forward and backward, as training does."""
        self.model.zero_grad(set_to_none=True)
        output: Any = self.model(**self.inputs)
        (output if isinstance(output, Tensor) else output.loss).sum().backward()

    def observed(self) -> None:
        """Observe the same."""
        observe(self.model, batches=[((), self.inputs)])

    def summarized(self) -> None:
        """Let torchinfo run the forward pass with its hooks."""
        summary = importlib.import_module("torchinfo").summary
        summary(self.model, input_data=self.inputs, verbose=0)


class Block(nn.Module):
    """Two convolutions with batch normalization and a residual connection."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.norm1, self.norm2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch to its input."""
        branch = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        return functional.relu(x + self.norm2(self.conv2(branch)))


class Convnet(nn.Module):
    """A stem, residual blocks at three resolutions, and a head."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = [nn.Conv2d(3, 32, 3, padding=1)]
        for width in (32, 64, 128):
            stages += [Block(width), Block(width), nn.Conv2d(width, 2 * width, 3, 2, 1)]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        features: Tensor = self.stages(x).mean((2, 3))
        logits: Tensor = self.head(features)
        return logits


class Perceptron(nn.Module):
    """Thirty layers of width 256."""

    def __init__(self) -> None:
        super().__init__()
        layers = [layer for _ in range(30) for layer in (nn.Linear(256, 256), nn.ReLU())]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Run all layers."""
        output: Tensor = self.layers(x)
        return output


def cases() -> list[Case]:
    """Return the models with inputs of a usual size."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_layer=6, n_embd=384, n_head=6, vocab_size=8192, n_positions=256)
    tokens = torch.randint(0, 8192, (4, 128))
    return [
        Case("MLP, 30 x 256, batch 64", Perceptron(), {"x": torch.randn(64, 256)}),
        Case(
            "GPT-2, 6 layers x 384, 4 x 128 tokens",
            GPT2LMHeadModel(config),
            {"input_ids": tokens, "labels": tokens},
        ),
        Case("residual convnet, 8 x 3 x 64 x 64", Convnet(), {"x": torch.randn(8, 3, 64, 64)}),
    ]


def best(programs: list[Callable[[], None]]) -> list[float]:
    """Return the best time of each program, which take turns; the first round warms up."""
    times: list[list[float]] = [[] for _ in programs]
    for _ in range(ROUNDS + 1):
        for program, found in zip(programs, times, strict=True):
            start = time.perf_counter()
            program()
            found.append(time.perf_counter() - start)
    return [min(found[1:]) for found in times]


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)  # so that neighbours on a shared machine do not hold up barriers
    torch.manual_seed(0)
    peer = importlib.util.find_spec("torchinfo") is not None
    print("| model | forward and backward | observed | ratio |" + (" torchinfo |" if peer else ""))
    print("|---|---|---|---|" + ("---|" if peer else ""))
    for case in cases():
        programs = [case.plain, case.observed, *([case.summarized] if peer else [])]
        plain, observed, *others = best(programs)
        cells = [case.name, f"{plain * 1e3:.1f} ms", f"{observed * 1e3:.1f} ms"]
        cells += [f"{observed / plain:.2f}", *(f"{other / plain:.2f}" for other in others)]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
