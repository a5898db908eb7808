"""The moments and bounds that a law declares are those of its samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from initscope import Fans, get
from initscope.initializers.distributions import truncated_kurtosis
from initscope.streams import Stream, Streams

FIXED = ["identity(gain=3)", "dirac", "dirac(groups=2)", "hadamard", "constant(-2)"]


@st.composite
def shapes(draw, name):
    """Draw a shape that the named pattern fills."""
    outputs, inputs = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    outputs *= 2 if "groups" in name else 1
    most = 0 if "identity" in name else 3
    least = 1 if "dirac" in name else 0
    kernel = draw(st.lists(st.integers(1, 3), min_size=least, max_size=most))
    return outputs, inputs, *kernel


@given(st.data(), st.sampled_from(FIXED))
def test_patterns_have_exactly_the_moments_they_declare(data, name):
    """Mean, deviation and bounds are those of the tensor, to float32 rounding."""
    shape = data.draw(shapes(name))
    values = get(name).sample(shape, Fans.of(shape), Stream(0, "weight")).double().numpy()
    initializer, fans = get(name), Fans.of(shape)
    low, high = initializer.bounds(fans)
    scale = max(abs(low), abs(high))
    assert initializer.mean(fans) == pytest.approx(values.mean(), abs=1e-6 * scale)
    # The square root in a deviation of zero turns rounding of 1e-16 into 1e-8.
    assert initializer.std(fans) == pytest.approx(values.std(), abs=1e-6 * scale)
    assert low - 1e-6 <= values.min()
    assert values.max() <= high + 1e-6


@given(st.integers(1, 9), st.integers(1, 9), st.lists(st.integers(1, 3), max_size=2))
def test_orthogonal_weights_have_exactly_the_power_they_declare(outputs, inputs, kernel):
    """The sum of squares is fixed by the shape, of a kernel too; so is that of a delta."""
    shape = (outputs, inputs, *kernel)
    names = ["orthogonal(gain=2)"]
    if kernel and outputs >= inputs:
        names.append("delta_orthogonal(gain=2)")
    for name in names:
        weight = get(name).sample(shape, Fans.of(shape), Stream(0, "weight")).double()
        declared = get(name).std(Fans.of(shape))
        assert weight.square().mean().sqrt().item() == pytest.approx(declared, rel=1e-5)
        assert get(name).bounds(Fans.of(shape)) == (-2, 2)
        assert get(name).kurtosis(Fans.of(shape)) == 1


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("normal(0.3)", stats.norm(0, 0.3)),
        ("uniform(-1, 3)", stats.uniform(-1, 4)),
        ("truncated_normal(1, bound=0.5)", stats.truncnorm(-0.5, 0.5)),
        ("he_truncated_normal", stats.truncnorm(-2, 2)),
        ("he_uniform", stats.uniform(-1, 2)),
        ("siren", stats.uniform(-1, 2)),
    ],
)
def test_bounds_means_and_kurtoses_are_scipys(name, law):
    """A law's closed forms are those of the same distribution in SciPy, on its own scale."""
    initializer, fans = get(name), Fans(50, 100)
    scale = initializer.std(fans) / law.std()
    assert initializer.kurtosis(fans) == pytest.approx(float(law.stats("k")) + 3, rel=1e-6)
    assert initializer.mean(fans) == pytest.approx(float(law.mean()) * scale, abs=1e-12)
    assert initializer.bounds(fans) == pytest.approx([scale * end for end in law.support()])


@pytest.mark.parametrize(("low", "high"), [(1.0, 99.0), (1e-6, 1e6), (1.0, 1.001), (0.2, 0.9)])
def test_the_moments_of_log_uniform_are_the_integrals(low, high):
    """Mean and deviation are those of log u averaged over a million uniform u, in float64."""
    # The midpoint rule; what it leaves is of the order of the first cell, 1e-6 log(1e-6).
    logs = np.log(low + (high - low) * (np.arange(1e6) + 0.5) / 1e6)
    law = get(f"log_uniform({low}, {high}, sign=-1)")
    assert law.mean(None) == pytest.approx(-logs.mean(), rel=1e-4)
    assert law.std(None) == pytest.approx(logs.std(), rel=1e-4)
    fourth = ((logs - logs.mean()) ** 4).mean() / logs.var() ** 2
    assert law.kurtosis(None) == pytest.approx(fourth, rel=1e-3)
    assert law.bounds(None) == (-np.log(high), -np.log(low))


@given(st.floats(0.05, 30))
def test_the_kurtosis_of_a_truncated_normal_lies_between_its_limits(bound):
    """It grows from the uniform's 9/5, for a short cut, to the normal's 3, and is the integral."""
    # Below 1 the variance is a small difference of numbers near 1, and its square is divided by.
    grid = np.linspace(-bound, bound, 20001)
    density = stats.norm.pdf(grid)
    moments = [np.trapezoid(grid**k * density, grid) for k in (0, 2, 4)]
    expected = moments[2] * moments[0] / moments[1] ** 2
    assert truncated_kurtosis(bound) == pytest.approx(expected, rel=1e-5)
    assert 1.8 - 1e-4 < truncated_kurtosis(bound) < 3 + 1e-9


@pytest.mark.parametrize(
    "name", ["normal(1)", "he_truncated_normal", "he_uniform", "sparse(0.3, std=1)", "orthogonal"]
)
def test_the_kurtosis_gives_the_spread_of_the_deviation(name):
    """Root mean squares of 1000 weights spread by std sqrt((k - 1) / 4n).

    Of 1000 draws the spread is known to 1 / sqrt(2000), 2.2%; 4.5 of these, and 2% for the next
    term in 1 / n.
    """
    shape, fans = (20, 15), Fans(15, 20)
    weights = get(name).sample(shape, fans, Streams(range(1000), "weight")).double()
    roots = weights.square().mean((1, 2)).sqrt()
    std, kurtosis = get(name).std(fans), get(name).kurtosis(fans)
    expected = std * math.sqrt((kurtosis - 1) / (4 * 300))
    assert roots.std().item() == pytest.approx(expected, rel=0.12, abs=1e-6)
