"""What derivations share: the variance of a sum, of a fixed scale, and of a normal cut off."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.initializers import Fans
from initscope.initializers.distributions import truncated_std
from initscope.initializers.law import Law
from initscope.theory import activation, moments
from initscope.topics.markdown import number

ONE_UNIT = (
    "One unit sums over its inputs, $z = w_1 x_1 + ... + w_n x_n$. The weights are independent, "
    "with mean zero, and do not depend on the inputs, so that all mixed terms vanish on average: "
    "$Var(z) = n σ_w^2 E[x^2]$, n the fan-in."
)


def fixed(law: Law, fans: Fans) -> Iterator[str]:
    """Say what a scale that does not know the fan-in does at this fan-in."""
    variance = law.standard_deviation(fans) ** 2
    n = fans.fan_in
    half = moments(activation("relu"), 1.0).second
    linear, relu = n * variance, n * variance * half
    yield (
        f"The scale does not follow the fan-in. With {n} inputs, $n σ_w^2 = {n} · "
        f"{number(variance)} = {number(linear)}$: a linear layer multiplies the second moment by "
        f"{number(linear)}, ten of them by {number(linear**10, 2)}; under ReLU, which keeps "
        f"{number(half)}, by {number(relu)} and {number(relu**10, 2)}."
    )
    yield (
        f"It keeps the second moment at one fan-in only: {number(1 / variance)} without an "
        f"activation, {number(1 / (half * variance))} under ReLU."
    )


def correction(std: float, limit: float, bound: float = 2.0) -> Iterator[str]:
    """Widen a normal by as much as cutting it off at a bound narrows it."""
    kept = truncated_std(bound)
    yield (
        f"A normal of standard deviation s that is cut off at ±{number(bound)} s is narrower: its "
        f"standard deviation is {number(kept)} s. So the normal that is cut has "
        f"$s = σ_w / {number(kept)} = {number(std / kept)}$, and the values end at "
        f"±{number(limit)}. Without this correction every layer would keep only "
        f"{number(kept**2)} of the variance, ten layers {number(kept**20, 2)}."
    )
