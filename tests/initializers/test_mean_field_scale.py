"""The scale of weights as mean-field theory counts it."""

from __future__ import annotations

import pytest

from initscope.initializers import get, sigma_w


@pytest.mark.parametrize(
    ("name", "width", "scale"),
    [("lecun_normal", 50, 1.0), ("he_uniform", 7, 2**0.5), ("normal(std=0.5)", 16, 2.0)],
)
def test_scales_are_the_root_of_width_times_variance(name, width, scale):
    """By their formulas; the width cancels where the variance is in its inverse."""
    assert sigma_w(get(name), width) == pytest.approx(scale, rel=1e-12)


@pytest.mark.parametrize("name", ["identity", "dirac", "hadamard", "zero_hadamard"])
@pytest.mark.parametrize("width", [12, 16])
def test_patterns_have_no_scale(name, width):
    """Nothing is random in a pattern, whatever the mean of its entries."""
    assert sigma_w(get(name), width) is None


def test_zeros_have_the_scale_zero_and_constants_have_none():
    """A mean has no place in the theory of centred weights."""
    assert sigma_w(get("zeros"), 8) == 0
    assert sigma_w(get("constant(value=0.1)"), 8) is None
