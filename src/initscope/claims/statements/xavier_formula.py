"""Claim 10: a formula for Xavier's variance that tutorials give."""

from __future__ import annotations

import torch

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import by_seed, profile
from initscope.classroom import draw

_INPUTS, _OUTPUTS = 200, 100


def measure(effort: Effort) -> Evidence:
    """Compare variances with the formula, and follow a signal through layers drawn by it."""
    halved = "variance_scaling(scale=0.5, mode=fan_avg, distribution=normal)"
    network = "depth=10,width=256,inputs=256,activation=identity"
    return by_seed(
        effort.seeds(full=20, quick=5),
        {
            "glorot_normal": lambda seed: _relative(
                draw("glorot_normal", _INPUTS, _OUTPUTS, seed=seed).std.drawn
            ),
            "PyTorch's xavier_normal_": lambda seed: _relative(_by_torch(seed)),
            "linear layers drawn by it": lambda seed: profile(network, halved, seed).signal_a_layer,
        },
    )


def _relative(std: float) -> float:
    return std**2 * (_INPUTS + _OUTPUTS)


def _by_torch(seed: int) -> float:
    weight = torch.empty(_OUTPUTS, _INPUTS)
    generator = torch.Generator().manual_seed(seed)
    return float(torch.nn.init.xavier_normal_(weight, generator=generator).square().mean().sqrt())


CLAIM = Claim(
    id=10,
    slug="xavier-formula",
    statement="Xavier's variance is 1 / (fan_in + fan_out).",
    said="some tutorials",
    first="nobody; Glorot and Bengio, 2010, eq. 12, has 2 / (fan_in + fan_out)",
    experiment=(
        f"Matrices of {_INPUTS} inputs and {_OUTPUTS} outputs, ours and PyTorch's; and 10 linear "
        "layers of 256 units whose weights are drawn by the formula."
    ),
    statistic=(
        "variance of the weights relative to the formula's; for the layers, factor of the signal's "
        "second moment a layer, which Xavier's derivation sets to one"
    ),
    why="One, to a tenth: the sampling error of a variance of 20000 weights is one in a hundred.",
    practice="2 / (fan_in + fan_out). With the other formula ten layers lose a factor of 1000.",
    cases=tuple(
        Case(name, 0.9, 1.1, kind="ratio")
        for name in ("glorot_normal", "PyTorch's xavier_normal_", "linear layers drawn by it")
    ),
    measure=measure,
    initializers=("glorot_normal", "glorot_uniform"),
)
