"""Each optimizer and remedy against the plain PyTorch loop, in one run on one core.

    .venv/bin/python benchmarks/compare_remedies.py

A chunk of 36 networks of 4-64-64-3 on Iris, 5 epochs: trained together by the engine, all with the
same numbers and each with its own learning rate, and by the plain loop of ``training/plain.py``
with the optimizers that torch has by default, not fused. The three take turns; the best of three
counts.
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
    plain,
    vectorized,
)

MEMBERS, PLAIN, ROUNDS = 36, 3, 3

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
    print("| remedy | together, of the loop | own rates, of the loop |")
    print("|---|---|---|")
    for name, given in REMEDIES.items():
        training = replace(given, epochs=5)
        same, own = members(training, own=False), members(training, own=True)
        times = best(
            [
                lambda: vectorized.train(split, MLP(), training, same),  # noqa: B023
                lambda: vectorized.train(split, MLP(), training, own),  # noqa: B023
                lambda: loop(split, training, same[:PLAIN]),  # noqa: B023
            ]
        )
        rates = [MEMBERS / times[0], MEMBERS / times[1], PLAIN / times[2]]
        print(f"| {name} | {rates[0] / rates[2]:.1f} | {rates[1] / rates[2]:.1f} |")


def members(training: Training, *, own: bool) -> list[Member]:
    """Return a chunk, in which every network has its own learning rate where asked for."""
    made = []
    for seed in range(MEMBERS):
        rate = training.optimizer.learning_rate * (1 + seed / MEMBERS)
        apart = replace(training, optimizer=replace(training.optimizer, learning_rate=rate))
        made.append(Member(Initialization.parse("he_uniform"), seed, apart if own else None))
    return made


def loop(split: Split, training: Training, networks: Sequence[Member]) -> None:
    """Train networks one after another."""
    for member in networks:
        plain.train(split, MLP(), training, member)


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
