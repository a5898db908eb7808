"""Claim 22: whether deep networks need careful initialization more than shallow ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import accuracy, differences, networks, scaled
from initscope.training import MLP, SGD, Adam, Optimizer, Training

_SHALLOW, _DEEP = 2, 12
_FACTORS = (1 / 4, 1 / 2, 2.0, 4.0)
_MORE = 0.1
_CHANCE = {"digits": 0.1, "wine": 0.4}
_OPTIMIZERS: dict[str, Optimizer] = {"SGD": SGD(learning_rate=0.05), "Adam": Adam()}


def measure(effort: Effort) -> Evidence:
    """Compare what other scales of the weights lose, deep minus shallow."""
    seeds = effort.seeds(full=20, quick=5)
    return Evidence.of(
        {
            f"{task}, {name}": differences(
                _lost(task, optimizer, _DEEP, seeds), _lost(task, optimizer, _SHALLOW, seeds)
            )
            for task in _CHANCE
            for name, optimizer in _OPTIMIZERS.items()
        }
    )


def _lost(task: str, optimizer: Optimizer, depth: int, seeds: Sequence[int]) -> list[float]:
    """Return the accuracy that other scales lose against He's, on average."""
    good, *others = networks(
        task,
        [scaled(factor) for factor in (1.0, *_FACTORS)],
        seeds,
        network=MLP.uniform(depth, width=32),
        training=Training(optimizer, epochs=8),
    )
    chance = _CHANCE[task]
    mean = np.mean([accuracy(records, chance) for records in others], axis=0)
    return differences(accuracy(good, chance), mean.tolist())


CLAIM = Claim(
    id=22,
    slug="depth-needs-care",
    statement="Deep networks need careful initialization more than shallow ones.",
    said="every text on the subject",
    first="Glorot and Bengio, 2010; Mishkin and Matas, 2016",
    experiment=(
        f"{_SHALLOW} and {_DEEP} layers of 32 ReLU units, 8 epochs, weights of 1/4 to 4 times He's "
        "standard deviation; SGD at 0.05, and Adam at 0.001."
    ),
    statistic=(
        "test accuracy that other scales lose against He's, on average over four of them, in the "
        f"network of {_DEEP} layers minus that in the one of {_SHALLOW}, seed by seed"
    ),
    why="A tenth of all answers more.",
    practice=(
        "Two layers learn from almost any scale. The factor a layer enters with the power of the "
        "depth: from ten layers on, initialize by the fan-in and the activation."
    ),
    cases=tuple(Case(f"{task}, {name}", _MORE) for task in _CHANCE for name in _OPTIMIZERS),
    measure=measure,
    rules=("SIG001", "SIG002", "GRD001", "GRD002"),
    initializers=("he_normal",),
)
