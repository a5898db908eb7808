"""Claim 28: whether a bounded activation cures exploding gradients."""

from __future__ import annotations

from initscope.claims.claim import Case, Claim
from initscope.claims.effort import Effort
from initscope.claims.evidence import Evidence
from initscope.claims.measuring import profile, scaled
from initscope.theory import MeanField

_SCALES = (2.0, 3.0, 5.0, 20.0)
_NETWORK = "depth=10,width=128,inputs=128,activation={}"


def measure(effort: Effort) -> Evidence:
    """Follow signal and gradient at scales at which ReLU explodes."""
    values: dict[str, list[float]] = {case.name: [] for case in CLAIM.cases}
    for seed in effort.seeds(full=12, quick=4):
        for scale in _SCALES:
            law = scaled(scale, gain=1.0)
            relu = profile(_NETWORK.format("relu"), law, seed)
            values[f"ReLU explodes, scale {scale:g}"].append(relu.gradient_a_layer)
            for name in ("tanh", "sigmoid"):
                found = profile(_NETWORK.format(name), law, seed)
                values[f"{name}, gradient, scale {scale:g}"].append(found.gradient_a_layer)
                values[f"{name}, signal, scale {scale:g}"].append(found.signal_a_layer)
    return Evidence.of(values, *(_price(name) for name in ("tanh", "sigmoid")))


def _price(name: str) -> str:
    """Say what the theory has for the gradient at every scale."""
    told = ", ".join(f"{MeanField(name, sigma_w=scale).chi_1:.2f}" for scale in _SCALES)
    scales = ", ".join(f"{scale:g}" for scale in _SCALES)
    return f"Theory, {name}, gradient a layer at scales {scales}: {told}."


CLAIM = Claim(
    id=28,
    slug="bounded-activations",
    statement="Swapping ReLU for a bounded activation cures exploding gradients.",
    said="tutorials on exploding gradients",
    first="the opposite: Poole et al., 2016; Schoenholz et al., 2017",
    experiment=(
        "10 layers of 128 units at initialization, weights of standard deviation scale / "
        "sqrt(fan_in), at scales from 2 to 20."
    ),
    statistic="factor of the second moment a layer, the gradient's towards the input",
    why=(
        "Cured is a gradient that grows by at most 1.1 a layer, where ReLU's grows by more: that "
        "is the premise. The signal of a bounded activation is bounded; the gradient is not."
    ),
    practice=(
        "Mend the scale, not the activation. tanh explodes wherever its weights are above the edge "
        "of chaos; sigmoid pays with gradients that vanish below a scale of 10."
    ),
    cases=(
        *(
            Case(
                f"{name}, {what}, scale {scale:g}",
                high=1.1,
                kind="ratio",
                group=f"{what} of {name}",
                at=scale,
            )
            for what in ("gradient", "signal")
            for name in ("tanh", "sigmoid")
            for scale in _SCALES
        ),
        *(
            Case(f"ReLU explodes, scale {scale:g}", 1.1, kind="ratio", premise=True)
            for scale in _SCALES
        ),
    ),
    measure=measure,
    axis="scale",
    rules=("GRD002", "UNI001"),
    effect="tanh, gradient, scale 5",
)
