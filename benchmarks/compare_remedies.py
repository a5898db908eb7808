"""Optimizers, remedies and forms of the network against the plain PyTorch loop, on one core.

    .venv/bin/python benchmarks/compare_remedies.py

A chunk of networks of 4-64-64-3 on Iris, 36 or as many as fit, 5 epochs: trained together by the
engine, all with the same numbers and each with its own learning rate, and by the plain loop of
``training/plain.py`` with the optimizers that torch has by default, not fused. The three take
turns; the best of three counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from initscope import MLP, Data, Training
from initscope.training import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Initialization,
    Member,
    RMSprop,
    Split,
    members_per_chunk,
    plain,
    vectorized,
)

PLAIN, ROUNDS = 3, 3

FORMS = {
    "batch normalization": MLP(norm="batch"),
    "layer normalization": MLP(norm="layer"),
    "RMS normalization": MLP(norm="rms"),
    "residual": MLP(residual=True),
    "residual, scales learned": MLP(residual=True, branch_scale="zero"),
    "batch normalization, residual": MLP(norm="batch", residual=True),
    "dropout": MLP(dropout=0.1),
}

REMEDIES = {
    "Adam": Training(Adam()),
    "AdamW": Training(AdamW()),
    "SGD": Training(SGD()),
    "Nesterov": Training(SGD(0.01, 0.9, nesterov=True)),
    "RMSprop": Training(RMSprop(1e-3)),
    "Adagrad": Training(Adagrad()),
    "Adam, cosine and warm-up": Training(Adam(), schedule="cosine", warmup=1),
    "Adam, clipped by norm": Training(Adam(), clip_norm=1.0),
    "Adam, clipped by value": Training(Adam(), clip_value=0.1),
    "Adam, smoothed labels": Training(Adam(), label_smoothing=0.1),
}


def main() -> None:
    """Time every remedy and print the table."""
    torch.set_num_threads(1)
    split = Data("iris").load()
    rows = [(name, MLP(), training) for name, training in REMEDIES.items()]
    rows += [(f"Adam, {name}", network, Training()) for name, network in FORMS.items()]
    print("| remedy | networks a chunk | together, of the loop | own rates, of the loop |")
    print("|---|---|---|---|")
    for name, network, given in rows:
        training = replace(given, epochs=5)
        count = members_per_chunk(network.shapes(4, 3), training, network.extra_memory)
        same, own = (members(training, count, own=each) for each in (False, True))
        times = best(
            [
                lambda: vectorized.train(split, network, training, same),  # noqa: B023
                lambda: vectorized.train(split, network, training, own),  # noqa: B023
                lambda: loop(split, network, training, same[:PLAIN]),  # noqa: B023
            ]
        )
        rates = [count / times[0], count / times[1], PLAIN / times[2]]
        print(f"| {name} | {count} | {rates[0] / rates[2]:.1f} | {rates[1] / rates[2]:.1f} |")


def members(training: Training, count: int, *, own: bool) -> list[Member]:
    """Return a chunk, in which every network has its own learning rate where asked for."""
    made = []
    for seed in range(count):
        rate = training.optimizer.learning_rate * (1 + seed / count)
        apart = replace(training, optimizer=replace(training.optimizer, learning_rate=rate))
        made.append(Member(Initialization.parse("he_uniform"), seed, apart if own else None))
    return made


def loop(split: Split, network: MLP, training: Training, networks: Sequence[Member]) -> None:
    """Train networks one after another."""
    for member in networks:
        plain.train(split, network, training, member)


def best(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Return the best time of each call, the calls taking turns."""
    times = [float("inf")] * len(calls)
    for _ in range(ROUNDS + 1):  # the first warms up
        for index, call in enumerate(calls):
            start = time.perf_counter()
            call()
            times[index] = min(times[index], time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
