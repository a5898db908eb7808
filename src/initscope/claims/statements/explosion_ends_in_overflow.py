"""Claim 16: whether exploding gradients end in overflow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import networks, profile, share
from initscope.store import Record
from initscope.training import MLP, SGD, Adam, Optimizer, Training

_DEPTHS = (5, 10, 20, 40, 60)
_TOLD = 10
_OPTIMIZERS: dict[str, Optimizer] = {"SGD": SGD(learning_rate=0.01), "Adam": Adam()}


def measure(effort: Effort) -> Evidence:
    """Train networks of each depth from weights of standard deviation 1."""
    seeds = effort.seeds(full=30, quick=8)
    records = {
        (name, depth): _trained(optimizer, depth, seeds)
        for name, optimizer in _OPTIMIZERS.items()
        for depth in _DEPTHS
    }
    return Evidence.of(
        {
            "gradient a layer": [
                profile("depth=10", "normal(std=1)", seed).gradient_a_layer for seed in seeds[:8]
            ],
            **{
                f"{name}, depth {depth}": share(found, "diverged")
                for (name, depth), found in records.items()
            },
        },
        _median(records["Adam", _TOLD]),
    )


def _trained(optimizer: Optimizer, depth: int, seeds: Sequence[int]) -> list[Record]:
    network, training = MLP.uniform(depth, width=64), Training(optimizer, epochs=3)
    return networks("iris", ["normal(std=1)"], seeds, network=network, training=training)[0]


def _median(records: Sequence[Record]) -> str:
    """Say where the networks that Adam kept finite stand."""
    losses = [each.train_loss[-1] for each in records if each.train_loss[-1] is not None]
    middle = statistics.median(losses) if losses else math.inf
    return f"Adam, depth {_TOLD}: the median training loss is {middle:.3g} after three epochs."


CLAIM = Claim(
    id=16,
    slug="explosion-ends-in-overflow",
    statement="Exploding gradients end in overflow, inf and NaN.",
    said="most tutorials on exploding gradients",
    first="Bengio, Simard and Frasconi, 1994",
    experiment=(
        "Layers of 64 ReLU units from weights of standard deviation 1, on iris, 3 epochs; SGD at "
        "0.01, and Adam at 0.001."
    ),
    statistic="share of networks that end with a number that is not finite",
    why=(
        "More often than not. That the gradient explodes is the premise: by more than 2 a layer, "
        "where 64 / 2 is expected."
    ),
    practice=(
        "Look at the scale, not for NaN: Adam divides by the gradient's size and goes on, finite, "
        "with a loss that never comes down. At depth 60 no optimizer has a part in it: the forward "
        "signal's second moment, 32^60 = 10^90, overflows before there is a gradient. The rule "
        "exploding-gradient tells beforehand."
    ),
    cases=(
        *(
            Case(f"{name}, depth {depth}", 0.5, kind="share", group=name, at=depth)
            for name in _OPTIMIZERS
            for depth in _DEPTHS
        ),
        Case("gradient a layer", 2.0, kind="ratio", premise=True),
    ),
    measure=measure,
    axis="depth",
    rules=("GRD002", "GRD004", "SIG003"),
    initializers=("normal",),
)
