"""Claim 5: what a fixed standard deviation does with depth."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile

_NETWORK = "depth=12,width=64,activation={}"


def measure(effort: Effort) -> Evidence:
    """Follow signal and gradient through 12 layers, from both standard deviations."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=20, quick=4):
        for std in ("0.01", "1"):
            for activation in ("ReLU", "tanh"):
                found = profile(_NETWORK.format(activation.lower()), f"normal(std={std})", seed)
                name = f"{activation}, std {std}"
                values[f"{name}, gradient"].append(found.gradient_a_layer)
                if name == "tanh, std 1":
                    values[f"{name}, mean slope"].append(found.mean_slope(-1.0, 1.0))
                else:
                    values[f"{name}, signal"].append(found.signal_a_layer)
    return Evidence.of(values)


CLAIM = Claim(
    id=5,
    slug="fixed-std-with-depth",
    statement=(
        "With a small fixed standard deviation (0.01) activations and gradients shrink "
        "geometrically with depth; with 1 they grow, or saturate."
    ),
    said="most tutorials on initialization",
    first="Glorot and Bengio, 2010; He et al., 2015, section 2.2",
    experiment="12 layers of 64 units at initialization, a batch of normal inputs.",
    statistic=(
        "factor of the second moment a layer, the gradient's towards the input; for saturation the "
        "mean slope of the last tanh, relative to its steepest"
    ),
    why=(
        "A factor of 2 either way loses or gains a thousand in ten layers. A mean slope of 0.2 is "
        "where the rule saturated-units begins."
    ),
    practice="Scale by the fan-in: std sqrt(2 / fan_in) for ReLU, 1 / sqrt(fan_in) for tanh.",
    cases=(
        *(
            Case(f"{activation}, std 0.01, {what}", high=0.5, kind="ratio")
            for activation in ("ReLU", "tanh")
            for what in ("signal", "gradient")
        ),
        Case("ReLU, std 1, signal", 2.0, kind="ratio"),
        Case("ReLU, std 1, gradient", 2.0, kind="ratio"),
        Case("tanh, std 1, gradient", 2.0, kind="ratio"),
        Case("tanh, std 1, mean slope", high=0.2, kind="ratio"),
    ),
    measure=measure,
    rules=("SIG001", "SIG002", "GRD001", "GRD002", "UNI001"),
    initializers=("normal",),
)
