"""The phase diagram against the exact theory, point by point."""

import math

import numpy as np
import pytest

from initscope import InputError
from initscope.theory import MeanField, edge_of_chaos, phase_diagram


@pytest.mark.parametrize("name", ["tanh", "relu", "gelu", "erf", "sigmoid", "sin"])
def test_points_are_the_mean_field(name):
    """At a sample of its grid, q* and chi_1 agree with the exact theory to a relative 1e-6."""
    diagram = phase_diagram(name)
    for row in range(0, 100, 24):
        for column in range(0, 100, 19):
            field = MeanField(name, diagram.sigma_w[column], diagram.sigma_b[row])
            q, chi_1 = diagram.q_star[row, column], diagram.chi_1[row, column]
            if math.isinf(field.q_star):
                assert math.isinf(q)
                assert math.isnan(chi_1)
            else:
                assert q == pytest.approx(field.q_star, rel=1e-6, abs=1e-9)
                assert chi_1 == pytest.approx(field.chi_1, rel=1e-6)


@pytest.mark.parametrize("name", ["tanh", "erf", "elu", "gelu"])
def test_the_edge_is_the_edge(name):
    """Points of the line are edges of chaos of the exact theory."""
    edge = phase_diagram(name).edge
    for sigma_w, sigma_b in edge[(edge[:, 1] < 3) & (edge[:, 1] > 0.05)][::40]:
        assert edge_of_chaos(name, sigma_b).sigma_w == pytest.approx(sigma_w, rel=1e-6)


def test_a_scale_free_edge_is_a_point():
    """ReLU is critical at one point alone, (sqrt(2), 0)."""
    np.testing.assert_allclose(phase_diagram("relu").edge, [[2**0.5, 0.0]], atol=1e-12)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        (([0.0, 1.0], [0.0]), "sigma_w: expected a list of finite numbers above 0"),
        (([1.0], [-0.1]), "sigma_b: expected a list of finite numbers from 0"),
        (([[1.0]], [0.1]), "sigma_w: expected a list"),
        (([], [0.1]), "sigma_w: expected a list"),
    ],
)
def test_bad_axes(axes, message):
    """Axes that are not lists of scales are refused."""
    with pytest.raises(InputError, match=message):
        phase_diagram("tanh", *axes)
