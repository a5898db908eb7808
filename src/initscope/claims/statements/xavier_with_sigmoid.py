"""Claim 8: whether Xavier's weights do for sigmoid what they do for tanh."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile
from initscope.theory import MeanField

_GAINS = (1.0, 2.0, 4.0, 8.0, 10.0, 20.0)
_NETWORK = "depth=10,width=128,inputs=128,activation=sigmoid"


def measure(effort: Effort) -> Evidence:
    """Follow the gradient from weights of Xavier's variance times a squared gain."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=20, quick=5):
        for gain in _GAINS:
            scaled = f"variance_scaling(scale={gain**2}, mode=fan_avg, distribution=normal)"
            found = profile(_NETWORK, scaled, seed)
            values[f"gain {gain:g}"].append(found.gradient_a_layer)
    growth = MeanField("sigmoid", sigma_w=1.0).chi_1
    return Evidence.of(values, f"Theory, gain 1, infinite width: {growth:.4f} a layer.")


CLAIM = Claim(
    id=8,
    slug="xavier-with-sigmoid",
    statement="Xavier does the same for sigmoid: it keeps variances through the layers.",
    said="tutorials that say Xavier is for sigmoid and tanh",
    first="Glorot and Bengio, 2010, who found sigmoid unsuitable",
    experiment=(
        "10 layers of 128 sigmoid units at initialization, weights of variance gain^2 times "
        "Xavier's; PyTorch's gain for sigmoid is 1."
    ),
    statistic="factor of the gradient's second moment a layer, towards the input",
    why=(
        "Kept within a factor of 1.5 a layer. The gradient tells: a sigmoid's mean of 1/2 hides "
        "from the signal's second moment that inputs become alike, by the same factor."
    ),
    practice=(
        "Do not stack sigmoids. Xavier itself, which is PyTorch's gain of 1, fails. Weights eight "
        "to ten times as large are not Xavier's: they are those of the edge of chaos, where to "
        "start if you must, without biases: initscope theory sigmoid."
    ),
    cases=tuple(
        Case(
            f"gain {gain:g}",
            1 / 1.5,
            1.5,
            kind="ratio",
            group="Xavier itself" if gain == 1 else "enlarged weights, not Xavier's,",
            at=gain,
        )
        for gain in _GAINS
    ),
    measure=measure,
    axis="gain",
    rules=("GRD001", "SIG005", "PAR005"),
    initializers=("glorot_normal", "glorot_uniform"),
)
