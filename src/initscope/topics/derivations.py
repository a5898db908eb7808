"""Why an initializer has the scale it has: the bookkeeping of variances, with numbers.

One function for each kind of law. Each yields sentences of Markdown; every number in them is
computed here, from the law, the fans and the theory's expectations.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import singledispatch

from initscope.initializers import Fans, Initializer
from initscope.initializers.distributions import truncated_std
from initscope.initializers.elementwise import (
    Constant,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
)
from initscope.initializers.law import Law
from initscope.initializers.matrices import DeltaOrthogonal, Orthogonal, Sparse
from initscope.initializers.patterns import Pattern
from initscope.initializers.scaling import Siren, VarianceScaling
from initscope.theory import activation, expectation, gain, moments
from initscope.topics.markdown import number

_ONE_UNIT = (
    "One unit sums over its inputs, $z = w_1 x_1 + ... + w_n x_n$. The weights are independent, "
    "with mean zero, and do not depend on the inputs, so that all mixed terms vanish on average: "
    "$Var(z) = n σ_w^2 E[x^2]$, n the fan-in."
)


def steps(initializer: Initializer, fans: Fans) -> list[str]:
    """Derive the scale of an initializer for a weight with these fans."""
    return list(_steps(initializer.law, fans))


@singledispatch
def _steps(law: Law, fans: Fans) -> Iterator[str]:
    raise NotImplementedError(f"no derivation for {type(law).__name__}")


@_steps.register
def _of_scaling(law: VarianceScaling, fans: Fans) -> Iterator[str]:
    yield _ONE_UNIT
    if law.mode == "fan_avg":
        yield from _between(law, fans)
    else:
        yield from _one_sided(law, fans)
    yield from _shape(law, fans)


def _one_sided(law: VarianceScaling, fans: Fans) -> Iterator[str]:
    """What one fan and one activation ask for."""
    count = int(fans.of_mode(law.mode))
    if law.mode == "fan_in":
        yield (
            "The inputs are the layer below after its activation, $x = f(z')$, so that "
            "$E[x^2] = E[f(z')^2]$. A layer keeps the variance, $Var(z) = Var(z')$, if "
            "$n σ_w^2 E[f(z')^2] = Var(z')$."
        )
        found = "E[f(z')^2] / Var(z')"
    else:
        yield (
            "Backward, the gradient at one input sums over the m outputs: "
            "$E[g_{x}^2] = m σ_w^2 E[g_{z}^2]$, m the fan-out. Through the activation below it is "
            "multiplied by $f'$, so that a layer keeps it if $m σ_w^2 E[f'(z')^2] = 1$."
        )
        found = "E[f'(z')^2]"
    yield from _which_activation(law, found)
    yield (
        f"With {law.mode} = {count}: $σ_w^2 = {number(law.scale)} / {count} = "
        f"{number(law.scale / count)}$, so that $σ_w = {number(law.standard_deviation(fans))}$."
    )


def _which_activation(law: VarianceScaling, found: str) -> Iterator[str]:
    kept = 1 / law.scale
    for name, why in _FACTORS.items():
        at = moments(activation(name), 1.0)
        if math.isclose(at.second, kept, rel_tol=1e-9):
            yield (
                f"{why}: for a normal z', theory gives ${found} = {number(at.second)}$. The "
                f"variance of the weights must be its inverse over the fan, "
                f"$σ_w^2 = {number(law.scale)} / {law.mode}$."
            )
            return
    slope = law.scale**-1 * 2 - 1
    if slope < 0:
        yield (
            f"The scale {number(law.scale)} keeps the variance under an activation with "
            f"${found} = {number(kept)}$."
        )
        return
    leaky = f"leaky_relu(a={slope**0.5:.6g})"
    yield (
        f"The scale {number(law.scale)} is the squared gain of a leaky ReLU of slope "
        f"$a = {number(slope**0.5)}$: theory gives {number(gain(leaky) ** 2)} for it. No network "
        f"has that activation; under ReLU a layer multiplies the second moment by "
        f"{number(law.scale * moments(activation('relu'), 1.0).second)}."
    )


_FACTORS = {
    "identity": (
        "Without an activation, and near zero under tanh, whose slope is one there, nothing is lost"
    ),
    "relu": "ReLU sets one half of a symmetric distribution to zero, and with it half of $E[z'^2]$",
}


def _between(law: VarianceScaling, fans: Fans) -> Iterator[str]:
    n, m = fans.fan_in, fans.fan_out
    variance = law.standard_deviation(fans) ** 2
    linear = moments(activation("identity"), 1.0)
    yield (
        "Near zero, tanh is the identity: theory gives $E[f(z')^2] = "
        f"{number(linear.second)} Var(z')$ and $E[f'(z')^2] = {number(linear.slope_second)}$ for "
        f"it. Keeping the signal asks for $σ_w^2 = 1 / n = {number(1 / n)}$."
    )
    yield (
        "Backward, the gradient at one input sums over the m outputs, "
        "$E[g_{x}^2] = m σ_w^2 E[g_{z}^2]$. Keeping the gradient asks for "
        f"$σ_w^2 = 1 / m = {number(1 / m)}$."
    )
    both = (
        "Both ask for the same here"
        if n == m
        else "Both hold only where n = m. The compromise is the mean of the two fans"
    )
    yield (
        f"{both}: $σ_w^2 = {number(law.scale)} / ((n + m) / 2) = {number(2 * law.scale)} / (n + m) "
        f"= {number(2 * law.scale)} / {n + m} = {number(variance)}$, so that $σ_w = "
        f"{number(variance**0.5)}$. Without the 2 in the numerator, as some tutorials have it, a "
        f"square layer would halve the variance."
    )
    yield (
        f"What is left: this layer multiplies the signal's second moment by $n σ_w^2 = "
        f"{number(n * variance)}$ and the gradient's by $m σ_w^2 = {number(m * variance)}$."
    )


def _shape(law: VarianceScaling, fans: Fans) -> Iterator[str]:
    std = law.standard_deviation(fans)
    if law.distribution == "uniform":
        limit = law.bounds(fans)[1]
        yield (
            "A uniform distribution on ±c has variance $c^2 / 3$. So $c = √3 σ_w = "
            f"{number(limit)}$."
        )
    elif law.distribution == "truncated_normal":
        yield from _correction(std, law.bounds(fans)[1])
    else:
        yield f"The entries are normal: $w ∼ N(0, {number(std)}^2)$."


def _correction(std: float, limit: float, bound: float = 2.0) -> Iterator[str]:
    kept = truncated_std(bound)
    yield (
        f"A normal of standard deviation s that is cut off at ±{number(bound)} s is narrower: its "
        f"standard deviation is {number(kept)} s. So the normal that is cut has "
        f"$s = σ_w / {number(kept)} = {number(std / kept)}$, and the values end at "
        f"±{number(limit)}. Without this correction every layer would keep only "
        f"{number(kept**2)} of the variance, ten layers {number(kept**20, 2)}."
    )


@_steps.register
def _of_normal(law: Normal, fans: Fans) -> Iterator[str]:
    yield _ONE_UNIT
    yield from _fixed(law, fans)


@_steps.register
def _of_truncated(law: TruncatedNormal, fans: Fans) -> Iterator[str]:
    yield _ONE_UNIT
    yield from _fixed(law, fans)
    yield from _correction(law.std, law.bounds(fans)[1], law.bound)


@_steps.register
def _of_uniform(law: Uniform, fans: Fans) -> Iterator[str]:
    std = law.standard_deviation(fans)
    yield (
        f"A uniform distribution on ({number(law.low)}, {number(law.high)}) has mean "
        f"{number(law.mean(fans))} and variance $(b - a)^2 / 12 = {number(std**2)}$, so that "
        f"$σ_w = {number(std)}$."
    )
    if law.mean(fans):
        yield (
            "The mean is not zero: every unit of a layer receives the same multiple of the sum of "
            "its inputs, on top of its own signal. The next steps leave that out."
        )
    yield _ONE_UNIT
    yield from _fixed(law, fans)


def _fixed(law: Law, fans: Fans) -> Iterator[str]:
    """What a scale that does not know the fan-in does at this fan-in."""
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


@_steps.register
def _of_constant(law: Constant, fans: Fans) -> Iterator[str]:
    value = number(law.value)
    yield (
        f"Every unit of the layer computes $z = {value} (x_1 + ... + x_{{{fans.fan_in}}})$: the "
        f"same number. The {fans.fan_out} units are one unit, and the layer's matrix has rank "
        f"{int(law.value != 0)}."
    )
    yield (
        "If the next layer's weights are equal too, all units receive the same gradient, so that "
        "the same update follows: they stay one unit at every step, for any optimizer whose step "
        "depends on the gradient alone. If the next layer is random, its weights break the tie."
    )
    if law.value == 0:
        yield (
            "Zero also stops the gradient: $g_{x} = W^T g_{z} = 0$, whatever the gradient above. "
            "Under ReLU and tanh the activations are zero as well, and with them the gradients of "
            "the next weights, so that in a network of zeros only the last bias learns. Under "
            "sigmoid the activations are 1/2, and the units move, together."
        )
        yield (
            "It is right where something else breaks the symmetry: biases, the last layer of a "
            "residual branch, the head, LoRA's B."
        )
    else:
        yield (
            f"The signal grows with the fan-in: for inputs of one sign and size one, $z = "
            f"{number(law.value * fans.fan_in)}$. For inputs of mean zero the sum is the only "
            "thing that passes."
        )


@_steps.register
def _of_log_uniform(law: LogUniform, fans: Fans) -> Iterator[str]:
    yield (
        "Meant for the bias of a gate, not for a matrix. A forget gate of $sigmoid(b)$ "
        "multiplies the memory by that much a step; it forgets within about $1 + e^b$ steps."
    )
    low, high = law.bounds(fans)
    yield (
        f"If b is the logarithm of a value uniform on ({number(law.low)}, {number(law.high)}), "
        "these times are spread uniformly over that range, so that some units remember each "
        f"length. The biases lie between {number(low)} and {number(high)}, with mean "
        f"{number(law.mean(fans))} and standard deviation {number(law.standard_deviation(fans))}."
    )


@_steps.register
def _of_orthogonal(law: Orthogonal, fans: Fans) -> Iterator[str]:
    std, n = law.standard_deviation(fans), fans.fan_in
    yield (
        f"The rows or the columns have length {number(law.gain)} and right angles. All singular "
        f"values are {number(law.gain)}: no direction is stretched more than another."
    )
    ratio = min(fans.fan_in, fans.fan_out / fans.window) / max(
        fans.fan_in, fans.fan_out / fans.window
    )
    yield (
        "A Gaussian matrix of the same standard deviation has singular values between "
        f"{number(law.gain * (1 - ratio**0.5))} and {number(law.gain * (1 + ratio**0.5))} "
        "(Marchenko and Pastur, 1967). Their products spread exponentially with depth; those of "
        "orthogonal matrices do not (Saxe et al., 2014)."
    )
    yield (
        f"An entry has $σ_w = {number(law.gain)} / √{number((law.gain / std) ** 2)} = "
        f"{number(std)}$, one over the root of the larger side. On average the signal's second "
        f"moment is multiplied by $n σ_w^2 = {number(n * std**2)}$."
    )


@_steps.register
def _of_delta(law: DeltaOrthogonal, fans: Fans) -> Iterator[str]:
    yield (
        f"Only the central tap of the kernel is not zero, and its columns are orthonormal times "
        f"{number(law.gain)}: at every position the convolution is an orthogonal map of the "
        "channels, so that it keeps the norm of any image and any gradient."
    )
    yield (
        f"Over all entries, zeros included, $σ_w = {number(law.gain)} / √fan_out = "
        f"{number(law.standard_deviation(fans))}$."
    )


@_steps.register
def _of_sparse(law: Sparse, fans: Fans) -> Iterator[str]:
    std = law.standard_deviation(fans)
    yield _ONE_UNIT
    yield (
        f"A share {number((std / law.std) ** 2)} of the entries is not zero, with standard "
        f"deviation {number(law.std)}: over all of them $σ_w = {number(std)}$."
    )
    yield from _fixed(law, fans)


@_steps.register
def _of_pattern(law: Pattern, fans: Fans) -> Iterator[str]:
    low, high = law.bounds(fans)
    yield (
        "Nothing is random: input i is handed on to output i, or mixed by a fixed matrix with "
        f"orthogonal columns. The entries lie between {number(low)} and {number(high)}, with mean "
        f"{number(law.mean(fans))} and standard deviation {number(law.standard_deviation(fans))}."
    )
    yield (
        "The layer starts as a linear map that keeps norms where it has at least as many outputs "
        "as inputs, and else cuts. Units differ since their inputs do, so that no symmetry is left "
        "to be broken."
    )


@_steps.register
def _of_siren(law: Siren, fans: Fans) -> Iterator[str]:
    std, limit = law.standard_deviation(fans), law.bounds(fans)[1]
    yield (
        f"The layer is $sin(ω (W x + b))$ with $ω = {number(law.omega)}$. A uniform distribution "
        f"on ±c has variance $c^2 / 3$; here $c = {number(limit)}$ and $σ_w = {number(std)}$."
    )
    if law.first:
        yield "In the first layer inputs are coordinates, and ω alone decides the frequencies."
        return
    wide = expectation(lambda x: math.sin(x) ** 2, 100.0).value
    yield (
        f"Hidden layers see sines of widely spread arguments, for which theory gives $E[x^2] = "
        f"{number(wide)}$. Then $Var(ω z) = ω^2 n σ_w^2 E[x^2] = "
        f"{number(law.omega**2 * fans.fan_in * std**2 * wide)}$: arguments of variance one in "
        "every layer."
    )
