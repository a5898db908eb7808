"""Do our networks learn what Keras's learn? Mean accuracies over many seeds, side by side.

    .venv/bin/pip install -e '.[bench]' -c constraints.txt
    .venv/bin/python benchmarks/keras_agreement.py --seeds 40

Runs experiments 1 and 2 in Keras and in initscope: the same data and split, the same distributions
of the initial weights, Adam with Keras's constants (epsilon 1e-7), the same epochs and batch size.
Seeds are not shared, since the random numbers are not, so that the two samples are independent.

The data are shuffled here, epoch by epoch: after ``keras.utils.set_random_seed`` Keras 3.15 on
TensorFlow meets the examples in the same order in every epoch, which makes a difference where
little else does (with zero weights the last bias decides, and 12 of 100 networks end on another
class instead of 1).

For each initializer it prints both means with the interval of their difference (Welch), and whether
the difference lies within ±0.05, by two one-sided tests at the level 0.05; the bound and the level
were fixed before the run. Writes results/keras_agreement.json.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from numpy.typing import NDArray
from scipy import stats

import initscope
from initscope import Adam, Data, Training

BOUND = 0.05
LEVEL = 0.05
RESULT = Path(__file__).parent / "results" / "keras_agreement.json"


@dataclass(frozen=True)
class Case:
    """One initializer of an experiment, under our name and as Keras's class."""

    task: str
    ours: str
    theirs: Any
    head: str


K = keras.initializers
CASES = (
    Case("iris", "zeros", K.Zeros, "glorot_uniform"),
    Case("iris", "random_uniform", K.RandomUniform, "glorot_uniform"),
    Case("iris", "glorot_uniform", K.GlorotUniform, "glorot_uniform"),
    Case("iris", "he_uniform", K.HeUniform, "glorot_uniform"),
    Case("synthetic", "zeros", K.Zeros, "same"),
    Case("synthetic", "random_normal", K.RandomNormal, "same"),
    Case("synthetic", "keras_glorot_normal", K.GlorotNormal, "same"),
    Case("synthetic", "keras_he_normal", K.HeNormal, "same"),
)


@dataclass(frozen=True)
class Agreement:
    """Means of both programs for one initializer, and their difference."""

    task: str
    initializer: str
    seeds: int
    keras: float
    initscope: float
    difference: float
    ci95: tuple[float, float]
    p_equivalent: float
    agrees: bool


def main() -> None:
    """Run both experiments and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=40)
    seeds = parser.parse_args().seeds
    found = [agreement(case, seeds) for case in CASES]
    print("| task | initializer | Keras | initscope | difference | 95% interval | within ±0.05 |")
    print("|---|---|---|---|---|---|---|")
    for row in found:
        low, high = row.ci95
        print(
            f"| {row.task} | {row.initializer} | {row.keras:.3f} | {row.initscope:.3f} "
            f"| {row.difference:+.3f} | [{low:+.3f}, {high:+.3f}] "
            f"| {'yes' if row.agrees else 'no'} (p = {row.p_equivalent:.2g}) |"
        )
    versions = {name: version(name) for name in ("keras", "tensorflow_cpu", "torch", "initscope")}
    plain = {"bound": BOUND, "level": LEVEL, "versions": versions, "rows": list(map(asdict, found))}
    RESULT.write_text(json.dumps(plain, indent=2) + "\n")


def agreement(case: Case, seeds: int) -> Agreement:
    """Train the same experiment in both programs and compare the final test accuracies."""
    training = Training(Adam(epsilon=1e-7))
    result = initscope.compare(
        case.task, [case.ours], head=case.head, seeds=seeds, training=training
    )
    x = np.array([record.test_accuracy[-1] for record in result.records], dtype=float)
    y = np.array([keras_accuracy(case, seed) for seed in range(seeds)])
    low, high, p = welch(x, y)
    return Agreement(
        task=case.task,
        initializer=case.ours,
        seeds=seeds,
        keras=float(y.mean()),
        initscope=float(x.mean()),
        difference=float(x.mean() - y.mean()),
        ci95=(low, high),
        p_equivalent=p,
        agrees=p < LEVEL,
    )


def welch(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return Welch's interval of the difference of means, and the p-value of equivalence."""
    if max(np.ptp(x), np.ptp(y)) < 1e-6:
        difference = float(x[0] - y[0])
        return difference, difference, float(abs(difference) >= BOUND)
    interval = stats.ttest_ind(x, y, equal_var=False).confidence_interval()
    p = max(
        stats.ttest_ind(x + BOUND, y, equal_var=False, alternative="greater").pvalue,
        stats.ttest_ind(x - BOUND, y, equal_var=False, alternative="less").pvalue,
    )
    return float(interval.low), float(interval.high), float(p)


def keras_accuracy(case: Case, seed: int) -> float:
    """Build and fit one model as tutorials do; return its final test accuracy."""
    split = Data(case.task).load()
    keras.utils.set_random_seed(seed)
    outputs, activation, loss = (
        (1, "sigmoid", "binary_crossentropy")
        if split.classes == 2
        else (split.classes, "softmax", "sparse_categorical_crossentropy")
    )
    head = case.theirs() if case.head == "same" else K.get(case.head)
    model = keras.Sequential(
        [
            keras.layers.Dense(64, activation="relu", kernel_initializer=case.theirs()),
            keras.layers.Dense(64, activation="relu", kernel_initializer=case.theirs()),
            keras.layers.Dense(outputs, activation=activation, kernel_initializer=head),
        ]
    )
    model.compile("adam", loss, metrics=["accuracy"])
    x, y = split.x_train.numpy(), split.y_train.numpy()
    shuffle = np.random.default_rng(seed)
    for _ in range(10):
        order = shuffle.permutation(len(x))
        model.fit(x[order], y[order], batch_size=32, shuffle=False, verbose=0)
    _, accuracy = model.evaluate(split.x_test.numpy(), split.y_test.numpy(), verbose=0)
    keras.backend.clear_session()
    return float(accuracy)


if __name__ == "__main__":
    main()
