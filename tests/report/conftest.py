"""A comparison made by hand, so that golden files do not depend on a machine's rounding."""

from __future__ import annotations

import math

import pytest

from initscope import MLP, Data, Training
from initscope.comparison import Comparison, Experiment, Setting, Throughput
from initscope.store import Record
from initscope.training import Initialization

EPOCHS = 4


def records(cell: str, seeds: int, final: float, spread: float) -> list[Record]:
    """Networks whose curves approach `final`, evenly spread around it."""
    found = []
    for seed in range(seeds):
        top = final + spread * (seed / (seeds - 1) - 0.5)
        accuracy = tuple(
            round(0.3 + (top - 0.3) * epoch / EPOCHS, 6) for epoch in range(EPOCHS + 1)
        )
        loss = tuple(round(1.1 * math.exp(-epoch * top), 6) for epoch in range(EPOCHS + 1))
        found.append(Record(cell, seed, "trained", loss[1:], loss, accuracy))
    return found


@pytest.fixture
def comparison() -> Comparison:
    """Four initializers: one stuck, one that diverges at times, two that train."""
    stuck = (1.0986,) * (EPOCHS + 1)
    zeros = [
        Record("zeros, head glorot_uniform", seed, "stuck", stuck[1:], stuck, (0.3,) * (EPOCHS + 1))
        for seed in range(12)
    ]
    large = records("normal(std=3), head glorot_uniform", 12, 0.7, 0.1)
    nothing = (None,) * EPOCHS
    for seed in (2, 7):
        large[seed] = Record(
            large[seed].cell, seed, "diverged", nothing, (1.2, *nothing), (0.3, *nothing)
        )
    cells = ["zeros", "normal(std=3)", "glorot_uniform", "he_uniform"]
    return Comparison(
        Experiment(
            Setting(Data("iris"), MLP(), Training(epochs=EPOCHS)),
            tuple(Initialization.parse(f"{cell}, head glorot_uniform") for cell in cells),
            tuple(range(12)),
        ),
        zeros
        + large
        + records("glorot_uniform", 12, 0.95, 0.06)
        + records("he_uniform, head glorot_uniform", 12, 0.93, 0.12),
        baseline=11 / 30,
        threshold=0.9,
        throughput=Throughput(48, 0.5),
        storage="sqlite:///initscope.db",
    )
