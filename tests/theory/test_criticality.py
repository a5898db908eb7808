"""Critical points and edges of chaos against published figures, and the honest refusals."""

import pytest

from initscope import InputError
from initscope.theory import (
    MeanField,
    NoCriticalPointError,
    critical_point,
    critical_points,
    edge_of_chaos,
)
from initscope.theory.activations import ROWS


@pytest.mark.parametrize(
    ("name", "q_star", "variance_w", "variance_b"),
    [
        # Roberts, Yaida and Hanin, 2022, section 5.3.4
        ("gelu", (3 + 17**0.5) / 2, 1.98305826, 0.17292239),
        ("silu", 14.32017362, 1.98800468, 0.55514317),
        # and section 5.3.3: the class of vanishing q*, sigma_w = 1 / |f'(0)|
        ("tanh", 0.0, 1.0, 0.0),
        ("sin", 0.0, 1.0, 0.0),
        ("erf", 0.0, 3.141592653589793 / 4, 0.0),
        # and section 5.2: scale-free functions
        ("relu", 1.0, 2.0, 0.0),
        ("leaky_relu(a=0.5)", 1.0, 2 / 1.25, 0.0),
        ("identity", 1.0, 1.0, 0.0),
    ],
)
def test_published_critical_points(name, q_star, variance_w, variance_b):
    """Each critical point of the book is found to all its digits."""
    found = critical_point(name)
    assert found.q_star == pytest.approx(q_star, abs=2e-8)
    assert found.sigma_w**2 == pytest.approx(variance_w, abs=6e-9)
    assert found.sigma_b**2 == pytest.approx(variance_b, abs=6e-9)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_critical_points_are_critical(row):
    """At every point that is returned, both susceptibilities are one and q* is a fixed point."""
    for point in critical_points(row.name):
        field = MeanField(row.name, point.sigma_w, point.sigma_b)
        step = 1e-4 * max(point.q_star, 1e-3)
        slope = (field.variance_map(point.q_star + step) - field.variance_map(point.q_star)) / step
        assert slope == pytest.approx(1, abs=1e-2 if point.q_star == 0 else 1e-3)
        assert field.variance_map(point.q_star) == pytest.approx(point.q_star, abs=1e-9)
    assert critical_points(row.name) or row.name in {"sigmoid", "softplus", "relu_squared"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sigmoid", "parallel susceptibility is below chi_1 at every q"),
        ("softplus", "parallel susceptibility is above chi_1 at every q"),
        ("relu_squared", "their ratio runs from 1.5 to 1.5"),
        (lambda x: 0 * x + 1, "has no critical point"),
    ],
)
def test_no_critical_point(name, reason):
    """Where none exists the error says why, in numbers."""
    assert critical_points(name) == ()
    with pytest.raises(NoCriticalPointError) as caught:
        critical_point(name)
    assert reason in str(caught.value)


def test_stability_as_published():
    """Tanh draws signals to its critical point, sinh drives them off, GELU does both."""
    import numpy as np

    assert critical_point("tanh").stability == "stable"
    assert critical_point(np.sinh).stability == "unstable"
    assert critical_point("gelu").stability == "half-stable"
    assert critical_point("relu").stability == "neutral"


@pytest.mark.parametrize("sigma_b", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("name", ["tanh", "erf", "elu", "selu", "sigmoid", "hardtanh", "softsign"])
def test_edges_are_where_chi_is_one(name, sigma_b):
    """The mean-field theory, which iterates from q = 1, finds the edge's q* and chi_1 = 1 there."""
    edge = edge_of_chaos(name, sigma_b)
    field = MeanField(name, edge.sigma_w, sigma_b)
    assert field.phase == "critical"
    assert field.q_star == pytest.approx(edge.q_star, rel=1e-6, abs=1e-12)
    assert edge.stability == "stable"
    assert edge.chi_parallel == pytest.approx(field.chi_parallel, rel=1e-6)


def test_edges_that_do_not_hold_signals_say_so():
    """Below its critical bias GELU has chi_1 = 1 at a fixed point that repels."""
    edge = edge_of_chaos("gelu", 0.3)
    assert edge.stability == "unstable"
    assert edge.chi_parallel > 1
    assert edge_of_chaos("gelu", 0.5).stability == "stable"


@pytest.mark.parametrize(
    ("name", "sigma_b"), [("softplus", 0.1), ("relu", 0.1), ("relu_squared", 0)]
)
def test_no_edge(name, sigma_b):
    """Where chi_1 is never one at a fixed point, there is no edge, and the error says so."""
    with pytest.raises(NoCriticalPointError, match="has no edge of chaos at sigma_b"):
        edge_of_chaos(name, sigma_b)


def test_negative_biases_are_refused():
    """A standard deviation is not negative."""
    with pytest.raises(InputError, match="sigma_b is -0.1: expected a finite number from 0"):
        edge_of_chaos("tanh", -0.1)
