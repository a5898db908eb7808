"""Laws of single entries: a normal, a uniform distribution, a constant, the bias of a gate."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.initializers import Fans
from initscope.initializers.elementwise import (
    Constant,
    LogUniform,
    Normal,
    TruncatedNormal,
    Uniform,
)
from initscope.topics.derivations.variance import ONE_UNIT, correction, fixed
from initscope.topics.markdown import number


def normal(law: Normal, fans: Fans) -> Iterator[str]:
    """Add up the variance of a normal of fixed scale."""
    yield ONE_UNIT
    yield from fixed(law, fans)


def truncated_normal(law: TruncatedNormal, fans: Fans) -> Iterator[str]:
    """Likewise for a normal that is cut off, which makes it narrower."""
    yield ONE_UNIT
    yield from fixed(law, fans)
    yield from correction(law.std, law.bounds(fans)[1], law.bound)


def uniform(law: Uniform, fans: Fans) -> Iterator[str]:
    """Take the variance from the limits, and add it up."""
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
    yield ONE_UNIT
    yield from fixed(law, fans)


def constant(law: Constant, fans: Fans) -> Iterator[str]:
    """Say why equal weights stay equal, and where that does no harm."""
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


def log_uniform(law: LogUniform, fans: Fans) -> Iterator[str]:
    """Turn the bias of a gate into how long a unit remembers."""
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
