"""Claim 12: gradients through sigmoid, tanh and ReLU at unit-scale weights."""

from __future__ import annotations

import numpy as np

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile, ratio
from initscope.theory import activation

_NETWORK = "depth=15,width=128,inputs=128,activation={}"


def measure(effort: Effort) -> Evidence:
    """Follow the gradient through 15 layers of each."""
    slopes = activation("sigmoid").derivative(np.linspace(-40, 40, 80001))
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    values["sigmoid's largest slope"] = [float(slopes.max())]
    for seed in effort.seeds(full=20, quick=5):
        factor = {
            name: profile(_NETWORK.format(name), "lecun_normal", seed).gradient_a_layer
            for name in ("sigmoid", "tanh", "relu")
        }
        values["sigmoid, gradient a layer"].append(factor["sigmoid"])
        values["tanh's factor over sigmoid's"].append(ratio(factor["tanh"], factor["sigmoid"]))
        values["ReLU, gradient a layer"].append(factor["relu"])
        kept = profile(_NETWORK.format("relu"), "he_normal", seed).gradient_a_layer
        values["ReLU at He's scale, gradient a layer"].append(kept)
    return Evidence.of(values)


CLAIM = Claim(
    id=12,
    slug="sigmoid-loses-gradients",
    statement=(
        "The sigmoid's derivative is at most 1/4, so that gradients fall at least geometrically "
        "with depth at unit-scale weights; tanh is better; ReLU keeps them."
    ),
    said="most tutorials on vanishing gradients",
    first="Hochreiter, 1991; Bengio, Simard and Frasconi, 1994",
    experiment=(
        "15 layers of 128 units at initialization, weights of standard deviation 1 / sqrt(fan_in); "
        "ReLU with He's as well."
    ),
    statistic="factor of the gradient's second moment a layer, towards the input",
    why=(
        "A slope of at most 1/4 leaves at most 1/16 of the second moment. Better is more than "
        "twice the factor. Kept is within a tenth of one."
    ),
    practice=(
        "ReLU needs He's scale to keep gradients: at unit scale it passes half of them. tanh needs "
        "its critical scale. Put no sigmoid into hidden layers."
    ),
    cases=(
        Case("sigmoid, gradient a layer", high=1 / 16, kind="ratio"),
        Case("sigmoid's largest slope", high=0.25),
        Case("tanh's factor over sigmoid's", 2.0, kind="ratio"),
        Case("ReLU, gradient a layer", 0.9, 1.1, kind="ratio"),
        Case("ReLU at He's scale, gradient a layer", 0.9, 1.1, kind="ratio"),
    ),
    measure=measure,
    rules=("GRD001",),
    initializers=("lecun_normal", "he_normal"),
)
