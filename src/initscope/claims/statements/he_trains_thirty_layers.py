"""Claim 11: whether thirty ReLU layers train from He's weights and stall from Xavier's."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import networks, share
from initscope.training import MLP, SGD, Adam, Optimizer, Training

_OPTIMIZERS: dict[str, Optimizer] = {"SGD": SGD(learning_rate=0.03), "Adam": Adam()}


def measure(effort: Effort) -> Evidence:
    """Train 30 layers from both, with both optimizers."""
    seeds = effort.seeds(full=24, quick=5)
    values: dict[str, list[float]] = {}
    for name, optimizer in _OPTIMIZERS.items():
        he, xavier = networks(
            "digits",
            ["he_normal", "glorot_normal"],
            seeds,
            network=MLP.uniform(depth=30, width=32),
            training=Training(optimizer, epochs=10),
        )
        values[f"He trains, {name}"] = share(he)
        values[f"Xavier stalls, {name}"] = share(xavier, "stuck")
    return Evidence.of(values)


CLAIM = Claim(
    id=11,
    slug="he-trains-thirty-layers",
    statement="A 30-layer ReLU network trains from He and stalls from Xavier.",
    said="tutorials on He initialization",
    first="He et al., 2015, figure 3 (convolutions, SGD)",
    experiment=(
        "30 hidden layers of 32 ReLU units on digits, 10 epochs of batches of 32; SGD at 0.03, and "
        "Adam at 0.001."
    ),
    statistic="share of networks that train, or that are stuck at chance",
    why=(
        "More often than not. Stuck is not better than the most frequent class, by a binomial test "
        "at 0.01."
    ),
    practice=(
        "He for ReLU. Adam hides a gradient that is 2^-30 too small, since it divides by its size: "
        "the network trains, later and worse."
    ),
    cases=tuple(
        Case(f"{what}, {name}", 0.5, kind="share")
        for name in _OPTIMIZERS
        for what in ("He trains", "Xavier stalls")
    ),
    measure=measure,
    rules=("SIG001", "GRD001"),
    initializers=("he_normal", "glorot_normal"),
    effect="Xavier stalls, SGD",
)
