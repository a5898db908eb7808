"""Laws of a whole matrix: orthogonal, sparse, or of a fixed pattern."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.initializers import Fans
from initscope.initializers.matrices import DeltaOrthogonal, Orthogonal, Sparse
from initscope.initializers.patterns import Pattern
from initscope.topics.derivations.variance import ONE_UNIT, fixed
from initscope.topics.markdown import number


def orthogonal(law: Orthogonal, fans: Fans) -> Iterator[str]:
    """Compare singular values of one size with those of a Gaussian matrix."""
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


def delta_orthogonal(law: DeltaOrthogonal, fans: Fans) -> Iterator[str]:
    """Say what an orthogonal map at the central tap alone does to an image."""
    yield (
        f"Only the central tap of the kernel is not zero, and its columns are orthonormal times "
        f"{number(law.gain)}: at every position the convolution is an orthogonal map of the "
        "channels, so that it keeps the norm of any image and any gradient."
    )
    yield (
        f"Over all entries, zeros included, $σ_w = {number(law.gain)} / √fan_out = "
        f"{number(law.standard_deviation(fans))}$."
    )


def sparse(law: Sparse, fans: Fans) -> Iterator[str]:
    """Count the entries that are zero into the variance."""
    std = law.standard_deviation(fans)
    yield ONE_UNIT
    yield (
        f"A share {number((std / law.std) ** 2)} of the entries is not zero, with standard "
        f"deviation {number(law.std)}: over all of them $σ_w = {number(std)}$."
    )
    yield from fixed(law, fans)


def pattern(law: Pattern, fans: Fans) -> Iterator[str]:
    """Say what a fixed matrix hands on, and why its units differ."""
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
