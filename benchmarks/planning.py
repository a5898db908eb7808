"""Seconds to plan, apply and write GPT-2 small, next to what the model's own code takes.

    .venv/bin/python benchmarks/planning.py

The model is `transformers.GPT2LMHeadModel` from its default configuration, 124 million parameters,
without a download. Planning is timed on a real model and on the meta device, with and without an
example; applying, next to the model's own initialization, which takes turns with it; the best of
several counts. Peak memory is that of a process of its own, above what it held before.
Prints a table and writes ``results/planning.json``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import resident
import torch

from initscope.planning import audit, plan, read, write

ROUNDS = 3
SIDE, LAYERS = 4096, 16
"""Layers of a stack of one gigabyte, whose memory is measured."""


def main() -> None:
    """Measure, print the table and write the results."""
    torch.set_num_threads(os.cpu_count() or 1)
    rows = seconds()
    rows |= {f"peak memory, GB: {name}": fresh(name) for name in PEAKS}
    for name, value in rows.items():
        print(f"| {name} | {value:.3g} |")
    path = Path(__file__).parent / "results" / "planning.json"
    path.write_text(json.dumps({"rows": rows, "torch": torch.__version__}, indent=2) + "\n")


def gpt2() -> Any:
    """Build GPT-2 small with random weights."""
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(GPT2Config())


def seconds() -> dict[str, float]:
    """Measure every step on GPT-2 small."""
    model, tokens = gpt2(), torch.arange(64).reshape(2, 32)
    with torch.device("meta"):
        ghost = gpt2()
    drawn, ready = plan(model, "gpt2"), plan(model, "auto", tokens)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.safetensors"
        steps: dict[str, Callable[[], object]] = {
            "plan gpt2": lambda: plan(model, "gpt2"),
            "plan gpt2 on the meta device": lambda: plan(ghost, "gpt2"),
            "plan gpt2, example of 2 x 32 tokens": lambda: plan(model, "gpt2", tokens),
            "plan auto, example of 2 x 32 tokens": lambda: plan(model, "auto", tokens),
            "the model's own initialization": lambda: own(model),
            "apply gpt2, with its audit": lambda: drawn.apply(model),
            "apply gpt2, without undo": lambda: drawn.apply(model, undo=False),
            "audit of the model": lambda: audit(drawn, model),
            "apply auto, with its audit": lambda: ready.apply(model),
            "write gpt2 to a file": lambda: write(drawn, ghost, path),
            "audit of the file": lambda: audit(drawn, read(path)),
        }
        return {f"seconds: {name}": best(step) for name, step in steps.items()}


def own(model: Any) -> None:
    """Run the initialization of transformers on every module."""
    with torch.no_grad():
        for module in model.modules():
            for parameter in module.parameters(recurse=False):
                parameter.__dict__.pop("_is_hf_initialized", None)
            model._init_weights(module)  # noqa: SLF001 - what is timed


def best(step: Callable[[], object]) -> float:
    """Return the shortest of several times."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return min(times)


def stack(device: str = "cpu") -> torch.nn.Module:
    """Build a gigabyte of matrices."""
    with torch.device(device):
        layers = [torch.nn.Linear(SIDE, SIDE, bias=False) for _ in range(LAYERS)]
    return torch.nn.Sequential(*layers)


def real() -> None:
    """Apply to a real model."""
    plan(MODEL, "he_normal").apply(MODEL)


def real_without_undo() -> None:
    """Apply to a real model, keeping no old values."""
    plan(MODEL, "he_normal").apply(MODEL, undo=False)


def ghost() -> None:
    """Let a model on the meta device become real."""
    plan(MODEL, "he_normal").apply(MODEL, device="cpu")


def to_file() -> None:
    """Write the weights of a model on the meta device."""
    with tempfile.TemporaryDirectory() as folder:
        write(plan(MODEL, "he_normal"), MODEL, f"{folder}/model.safetensors")


MODEL: torch.nn.Module
PEAKS: dict[str, tuple[str, Callable[[], None]]] = {
    "apply to a model of 1.07 GB": ("cpu", real),
    "the same without undo": ("cpu", real_without_undo),
    "apply to it on the meta device": ("meta", ghost),
    "write it to a file from the meta device": ("meta", to_file),
}


def fresh(name: str) -> float:
    """Measure what a step adds to the memory of a new process, in gigabytes."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(peak, (name,))


def peak(name: str) -> float:
    """Run a step and return how far the most memory lies above that of before."""
    global MODEL  # noqa: PLW0603 - the steps of the table share it
    device, step = PEAKS[name]
    warm = torch.nn.Linear(4, 4)
    plan(warm, "he_normal").apply(warm)
    MODEL = stack(device)
    resident.forget_peak()
    before = resident.now()
    step()
    return (resident.peak() - before) * 1024 / 1e9


if __name__ == "__main__":
    main()
