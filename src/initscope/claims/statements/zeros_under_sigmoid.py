"""Claim 2: what zero weights do under sigmoid."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import by_seed, inputs
from initscope.classroom import ByHand, byhand

_STEPS = 500


def measure(effort: Effort) -> Evidence:
    """Train the 2-2-1 network of zeros by hand on random examples."""
    runs = {seed: _trained(seed) for seed in effort.seeds(full=40, quick=10)}
    return by_seed(
        tuple(runs),
        {
            "both units stay equal": lambda seed: float(runs[seed].is_one_unit),
            "every parameter moves": lambda seed: float(not runs[seed].unmoved),
        },
    )


def _trained(seed: int) -> ByHand:
    x, target = inputs(seed, 2).tolist(), float(inputs(seed + 1, 1))
    return byhand("zeros", "sigmoid", x=x, target=target, steps=_STEPS)


CLAIM = Claim(
    id=2,
    slug="zeros-under-sigmoid",
    statement=(
        "With zero weights under sigmoid the network does learn, but hidden units receive equal "
        "updates and stay one unit for ever."
    ),
    said="tutorials on symmetry breaking",
    first="Rumelhart, Hinton and Williams, 1986",
    experiment=f"The 2-2-1 network of zeros, trained by hand for {_STEPS} steps, 0.1 a step.",
    statistic="share of random examples",
    why=(
        "For ever means always: a share of exactly one, of units that are equal bit for bit before "
        "and after every step. sigmoid(0) = 1/2 gives the head a gradient at once, and the "
        "hidden weights theirs from the second step on, the same for each unit."
    ),
    practice="Draw weights at random; a bias or a learning rate cannot break the symmetry.",
    cases=(
        Case("both units stay equal", 1.0, 1.0),
        Case("every parameter moves", 1.0, 1.0),
    ),
    measure=measure,
    rules=("PAR001", "UNI003"),
    initializers=("zeros",),
)
