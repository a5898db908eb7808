"""Claim 25: whether random initialization acts as a regularizer."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import accuracy_at, differences, networks
from initscope.training import MLP, Training

_LOSS = {"digits": 0.1, "wine": 0.2, "breast_cancer": 0.1}
_BETTER = 0.005


def measure(effort: Effort) -> Evidence:
    """Compare random orthogonal weights with fixed ones at the same training loss."""
    seeds = effort.seeds(full=150, quick=10)
    values = {}
    for task, loss in _LOSS.items():
        drawn, fixed = networks(
            task,
            ["orthogonal", "hadamard"],
            seeds,
            network=MLP.uniform(depth=2, width=64),
            training=Training(epochs=30),
            head="glorot_uniform",
        )
        values[task] = differences(accuracy_at(drawn, loss), accuracy_at(fixed, loss))
    return Evidence.of(values)


CLAIM = Claim(
    id=25,
    slug="randomness-as-regularizer",
    statement="Random initialization acts as a regularizer.",
    said="some tutorials, without saying what is meant",
    first="nobody; the fixed weights are those of Zhao et al., 2022 (ZerO)",
    experiment=(
        "What regularizes improves the test accuracy at the same training loss. Hidden weights of "
        "two layers of 64 ReLU units are random orthogonal matrices, or fixed ones of the same "
        "kind without anything random (identities and Hadamard matrices); head and batches are the "
        "same. Adam at 0.001; test accuracy after the first epoch at a training loss of 0.1 or "
        "less (wine: 0.2)."
    ),
    statistic="test accuracy from random weights minus from fixed ones, seed by seed",
    why="Half a percentage point, as for claim 24.",
    practice=(
        "Randomness breaks symmetry; that is what it is for. The verdict is of random orthogonal "
        "matrices against identities and Hadamard matrices, and of nothing else: what those lose "
        "may be owed to their structure. More randomness does not help: larger random weights "
        "generalize worse (claim 24). If you want regularization, use weight decay, dropout or "
        "less training."
    ),
    cases=tuple(Case(task, _BETTER) for task in _LOSS),
    measure=measure,
    initializers=("orthogonal", "hadamard"),
)
