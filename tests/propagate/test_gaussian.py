"""Moments over a normal variable of any mean, held to the theory's own and to closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from initscope.propagate.gaussian import gaussian
from initscope.theory import activation, moments
from initscope.theory.correlated import product_expectation

NAMES = ["relu", "tanh", "gelu", "silu", "selu", "sigmoid"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variance", [0.01, 1.0, 30.0])
def test_a_centred_variable_has_the_moments_of_the_theory(name, variance):
    """At mean zero every moment agrees with the theory's, to rounding of both quadratures."""
    f = activation(name)
    found, known = gaussian(f, 0.0, variance), moments(f, variance)
    for one, other in (
        (found.mean, known.mean),
        (found.second, known.second),
        (found.fourth, known.fourth),
        (found.slope_second, known.slope_second),
        (found.slope_fourth, known.slope_fourth),
        (found.elasticity, known.response * variance / known.second),
    ):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("mean", [-2.0, 0.3, 1.5])
def test_shifted_relu_has_its_closed_form(mean):
    """E[relu(x)^2] = (m^2 + s^2) Phi(m / s) + m s phi(m / s)."""
    variance, z = 0.49, mean / 0.7
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    expected = (mean**2 + variance) * ndtr(z) + mean * 0.7 * density
    found = gaussian(activation("relu"), mean, variance)
    assert found.second == pytest.approx(expected, rel=1e-9)
    assert found.slope_second == pytest.approx(ndtr(z), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("correlation", [-0.3, 0.2, 0.6])
def test_correlated_products_agree_with_the_plane_quadrature(name, correlation):
    """Mehler's series agrees with a quadrature over two variables; its last term bounds it."""
    f = activation(name)
    found = gaussian(f, 0.0, 1.0).product(correlation)
    assert found == pytest.approx(product_expectation(f, f, 1.0, correlation), abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_curvature_is_that_of_the_variance_map(name):
    """The heat equation's curvature is half the second difference of E[f^2] in the variance."""
    f, step = activation(name), 0.01
    at = [moments(f, 1 + k * step) for k in (-1, 0, 1)]
    found = gaussian(f, 0.0, 1.0)
    second = (at[0].second - 2 * at[1].second + at[2].second) / step**2 / 2 / at[1].second
    slope = at[0].slope_second - 2 * at[1].slope_second + at[2].slope_second
    slope /= step**2 * 2 * at[1].slope_second
    # A second difference errs by step^2 times a fourth derivative of order one to ten.
    assert found.curvature == pytest.approx(second, abs=2e-3)
    assert found.slope_curvature == pytest.approx(slope, abs=2e-3)


def test_a_constant_has_no_quadrature():
    """Without variance the moments are powers of the value at the mean."""
    found = gaussian(activation("tanh"), 0.5, 0.0)
    assert found.second == pytest.approx(np.tanh(0.5) ** 2)
    assert found.product(0.3) == pytest.approx(np.tanh(0.5) ** 2)
