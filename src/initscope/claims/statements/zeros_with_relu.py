"""Claim 4: whether zero weights are acceptable with ReLU."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import networks, share
from initscope.training import MLP

_TASKS = ("iris", "synthetic", "digits")


def measure(effort: Effort) -> Evidence:
    """Train from zeros on every task."""
    seeds = effort.seeds(full=50, quick=8)
    network = MLP.uniform(depth=2, width=32)
    return Evidence.of(
        {task: share(networks(task, ["zeros"], seeds, network=network)[0]) for task in _TASKS}
    )


CLAIM = Claim(
    id=4,
    slug="zeros-with-relu",
    statement="Zero weights are acceptable with ReLU, because ReLU does not vanish.",
    said="some tutorials; others say the opposite",
    first="nobody has shown it",
    experiment=(
        "Two hidden layers of 32 ReLU units from zeros, Adam at 0.001, 10 epochs of batches of 32."
    ),
    statistic="share of networks that end better than chance",
    why=(
        "What is acceptable trains more often than not. Chance is the most frequent class of the "
        "test data, tested binomially at 0.01."
    ),
    practice=(
        "Never start hidden weights at zero, under any activation: ReLU's slope at 0 is 0, and the "
        "weights behind it are zero too."
    ),
    cases=tuple(Case(task, 0.5, kind="share") for task in _TASKS),
    measure=measure,
    rules=("PAR001", "GRD003"),
    initializers=("zeros",),
)
