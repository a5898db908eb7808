"""Claim 13: what large weights do to sigmoid and tanh."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile, scaled

_SCALES = (2.0, 5.0, 10.0, 20.0, 50.0)
_ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}
_NETWORK = "depth=10,width=128,inputs=128,activation={}"


def measure(effort: Effort) -> Evidence:
    """Take mean slopes, and follow the gradient, at each scale of the weights."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=12, quick=4):
        for name, ends in _ENDS.items():
            for scale in _SCALES:
                found = profile(_NETWORK.format(name), scaled(scale, gain=1.0), seed)
                values[f"{name}, gradient, scale {scale:g}"].append(found.gradient_a_layer)
            values[f"{name} saturates, scale 50"].append(found.mean_slope(*ends))
    return Evidence.of(values)


CLAIM = Claim(
    id=13,
    slug="large-weights-saturate",
    statement="Large weights saturate sigmoid and tanh, and the gradient vanishes there too.",
    said="most tutorials on vanishing gradients",
    first="Glorot and Bengio, 2010 (saturation); Poole et al., 2016 (the gradient explodes)",
    experiment=(
        "10 layers of 128 units at initialization, weights of standard deviation scale / "
        "sqrt(fan_in) for scales from 2 to 50."
    ),
    statistic=(
        "factor of the gradient's second moment a layer, towards the input; for saturation the "
        "mean slope relative to the steepest"
    ),
    why=(
        "Vanishing is a factor below one. Saturated is a mean slope below 0.2, as in the rule. "
        "Both can differ: slopes fall as 1 / scale, but weights grow as scale, and the gradient is "
        "multiplied by the squares of both, of which the few units that are not saturated keep "
        "most."
    ),
    practice=(
        "Large weights are bad for bounded activations because gradients explode and the output "
        "becomes chaotic, not because they vanish. Scale by 1 / sqrt(fan_in)."
    ),
    cases=(
        *(
            Case(
                f"{name}, gradient, scale {scale:g}",
                high=1.0,
                kind="ratio",
                group=f"gradient of {name}",
                at=scale,
            )
            for name in _ENDS
            for scale in _SCALES
        ),
        *(Case(f"{name} saturates, scale 50", high=0.2, kind="ratio") for name in _ENDS),
    ),
    measure=measure,
    axis="scale",
    rules=("UNI001", "GRD002"),
    initializers=("normal",),
    effect="tanh, gradient, scale 10",
)
