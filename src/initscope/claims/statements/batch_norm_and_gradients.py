"""Claim 20: what batch normalization does to gradients at depth."""

from __future__ import annotations

import math

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile
from initscope.networks.builders import BATCH
from initscope.theory import batch_norm_growth

_NAMES = {"ReLU": "relu", "tanh": "tanh"}
_NETWORK = "depth=30,width=128,inputs=128,norm=batch,activation={}"


def measure(effort: Effort) -> Evidence:
    """Follow signal and gradient through 30 normalized layers, in training mode."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=20, quick=4):
        for words, name in _NAMES.items():
            found = profile(_NETWORK.format(name), "he_normal", seed)
            values[f"{words}, signal does not vanish"].append(found.signal_a_layer)
            values[f"{words}, signal does not explode"].append(found.signal_a_layer)
            values[f"{words}, gradient does not vanish"].append(found.gradient_a_layer)
            values[f"{words}, gradient does not explode"].append(found.gradient_a_layer)
    return Evidence.of(values, *(_predicted(*each) for each in _NAMES.items()))


def _predicted(words: str, name: str) -> str:
    wide, finite = batch_norm_growth(name), batch_norm_growth(name, BATCH)
    return (
        f"Theory, {words}: the gradient grows {wide:.3f} a layer for large batches, {finite:.3f} "
        f"for batches of {BATCH}."
    )


CLAIM = Claim(
    id=20,
    slug="batch-norm-and-gradients",
    statement="Batch normalization prevents vanishing and exploding gradients.",
    said="most tutorials on batch normalization",
    first="Ioffe and Szegedy, 2015; the opposite: Yang et al., 2019",
    experiment=(
        f"30 layers of 128 units at initialization, linear, normalization, activation, batches of "
        f"{BATCH} normal inputs."
    ),
    statistic="factor of the second moment a layer, the gradient's towards the input",
    why=(
        "At least 0.9 and at most 1.1 a layer: 1.1 is a factor of 17 over 30 layers. Theory has "
        "pi / (pi - 1) = 1.467 for ReLU, and above 1 for everything that is not linear."
    ),
    practice=(
        "The forward signal is safe. In deep networks put residual branches around the normalized "
        "layers; without them the gradient explodes from about 40 layers on."
    ),
    cases=tuple(
        Case(f"{words}, {what} does not {word}", low, high, kind="ratio")
        for what in ("gradient", "signal")
        for word, low, high in (("explode", -math.inf, 1.1), ("vanish", 0.9, math.inf))
        for words in _NAMES
    ),
    measure=measure,
    rules=("GRD002",),
    effect="ReLU, gradient does not explode",
)
