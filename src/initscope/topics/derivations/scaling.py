"""Scales that follow the fans: the scale that keeps the variance of signal or gradient."""

from __future__ import annotations

import math
from collections.abc import Iterator

from initscope.initializers import Fans
from initscope.initializers.scaling import Siren, VarianceScaling
from initscope.theory import MeanField, activation, expectation, gain, moments
from initscope.topics.derivations.variance import ONE_UNIT, correction
from initscope.topics.markdown import number


def variance_scaling(law: VarianceScaling, fans: Fans) -> Iterator[str]:
    """Solve for the variance that keeps the signal, the gradient, or both halfway."""
    yield ONE_UNIT
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
        yield from correction(std, law.bounds(fans)[1])
    else:
        yield f"The entries are normal: $w ∼ N(0, {number(std)}^2)$."


def siren(law: Siren, fans: Fans) -> Iterator[str]:
    """Follow the variance of the sines' arguments: of one layer's, and where it settles."""
    std, limit = law.standard_deviation(fans), law.bounds(fans)[1]
    yield (
        f"The layer is $sin(ω (W x + b))$ with $ω = {number(law.omega)}$. A uniform distribution "
        f"on ±c has variance $c^2 / 3$; here $c = {number(limit)}$ and $σ_w = {number(std)}$."
    )
    power = law.omega**2 * fans.fan_in * std**2
    if law.first:
        yield (
            "In the first layer inputs are coordinates, and ω alone decides the frequencies. "
            "Coordinates uniform on ±1 have $E[x^2] = 1 / 3$, so that $Var(ω z) = ω^2 / (9 n) = "
            f"{number(power / 3)}$."
        )
        return
    settled = MeanField("sin", sigma_w=power**0.5)
    yield (
        "Inputs of a hidden layer are sines. Of a normal argument of variance q the sine has "
        "$E[sin^2] = (1 - exp(-2 q)) / 2$, so that $Var(ω z) = ω^2 n σ_w^2 E[x^2] = "
        f"{number(power)} E[x^2]$ makes $1 - exp(-2 q)$ of q."
    )
    yield (
        "Behind a first layer whose arguments spread over many periods $E[x^2]$ is 1/2, and the "
        f"variance one: once. It falls from there ({_path(power)}) to the fixed point "
        f"$q^* = {number(settled.q_star)}$, where the gradient's second moment grows by "
        f"$χ_1 = 1 + exp(-2 q^*) = {number(settled.chi_1)}$ a layer."
    )


def _path(power: float) -> str:
    """Return the variances of the arguments of four hidden layers in a row."""
    variances = [power / 2]
    for _ in range(3):
        variances.append(power * expectation(lambda x: math.sin(x) ** 2, variances[-1]).value)
    return ", ".join(number(each, 3) for each in variances)
