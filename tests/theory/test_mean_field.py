"""Fixed points, susceptibilities and depth scales against closed forms and published figures."""

import math

import numpy as np
import pytest

from initscope import InputError
from initscope.theory import MeanField, activation
from initscope.theory.activations import ROWS
from initscope.theory.correlated import product_expectation

CORRELATIONS = [-1.0, -0.6, 0.0, 0.3, 0.9, 0.999999, 1.0]


def _arc_cosine(c):
    """Cho and Saul, 2009, eq. 6, relative to its value at one."""
    angle = math.acos(c)
    return (math.sin(angle) + (math.pi - angle) * c) / math.pi


@pytest.mark.parametrize("c", CORRELATIONS)
def test_the_correlation_map_of_relu(c):
    """At sigma_w^2 = 2 it is the arc-cosine kernel of degree one."""
    assert MeanField("relu", 2**0.5).correlation_map(c) == pytest.approx(_arc_cosine(c), abs=1e-13)


@pytest.mark.parametrize("q", [0.1, 1.0, 9.0])
@pytest.mark.parametrize("c", CORRELATIONS)
def test_products_with_a_closed_form(c, q):
    """E[f(u) f(v)] of erf, sin and the step function agree with their closed forms."""
    erf, sine, relu = activation("erf"), activation("sin"), activation("relu")
    closed = 2 / math.pi * math.asin(2 * q * c / (1 + 2 * q))  # Williams, 1997, eq. 11
    assert product_expectation(erf, erf, q, c) == pytest.approx(closed, abs=1e-13)
    closed = math.exp(-q) * math.sinh(q * c)
    assert product_expectation(sine, sine, q, c) == pytest.approx(closed, abs=1e-13)
    closed = (math.pi - math.acos(c)) / (2 * math.pi)  # Cho and Saul, 2009, degree zero
    assert product_expectation(relu.derivative, relu, q, c) == pytest.approx(closed, abs=1e-12)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_correlation_map_ends_where_it_must(row):
    """At c = 0 the product is the squared mean, at c = 1 the second moment, of any activation."""
    f = activation(row.name)
    z, weights = np.polynomial.hermite_e.hermegauss(180)
    mean = float(weights @ f(1.2 * z)) / math.sqrt(2 * math.pi)
    rough = 2e-2 if f.breaks else 1e-6  # Gauss-Hermite stumbles over kinks
    assert product_expectation(f, f, 1.44, 0.0) == pytest.approx(mean**2, abs=rough)
    one = product_expectation(f, f, 1.44, 1.0)
    for distance in (1e-6, 1e-9, 1e-12):
        nearly = product_expectation(f, f, 1.44, 1 - distance)
        assert one * (1 - 4 * distance) <= nearly <= one * (1 + 1e-13)


def test_tanh_as_published():
    """At sigma_b^2 = 0.05 chi_1 is one at sigma_w^2 = 1.76 (Schoenholz et al., 2017, figure 5)."""
    assert MeanField("tanh", 1.76**0.5, 0.05**0.5).chi_1 == pytest.approx(1, abs=1e-3)
    ordered, chaotic = MeanField("tanh", 1.0, 0.05**0.5), MeanField("tanh", 2.0, 0.05**0.5)
    assert (ordered.phase, ordered.c_star) == ("ordered", 1.0)
    assert chaotic.phase == "chaotic"
    assert 0 < chaotic.c_star < 1


def test_selu_as_published():
    """SELU keeps unit variance (Klambauer et al., 2017), while its gradients grow."""
    field = MeanField("selu", 1.0)
    assert field.q_star == pytest.approx(1, abs=1e-12)
    assert field.chi_1 == pytest.approx(1.0715749925, abs=1e-9)
    assert field.chi_parallel < 1


@pytest.mark.parametrize(("sigma_w", "sigma_b"), [(1.5, 0.1), (0.8, 0.3), (3.0, 0.0)])
def test_erf_in_closed_form(sigma_w, sigma_b):
    """Every attribute follows from the closed forms of erf."""
    field = MeanField("erf", sigma_w, sigma_b)
    q, c = field.q_star, field.c_star
    second = 2 / math.pi * math.asin(2 * q / (1 + 2 * q))
    assert q == pytest.approx(sigma_w**2 * second + sigma_b**2, rel=1e-10)
    assert field.chi_1 == pytest.approx(sigma_w**2 * 4 / math.pi / math.sqrt(1 + 4 * q), rel=1e-10)
    slope = 4 / math.pi / ((1 + 2 * q) * math.sqrt(1 + 4 * q))
    assert field.chi_parallel == pytest.approx(sigma_w**2 * slope, rel=1e-9)
    covariance = 2 / math.pi * math.asin(2 * q * c / (1 + 2 * q))
    assert sigma_w**2 * covariance + sigma_b**2 == pytest.approx(q * c, rel=1e-8, abs=1e-9)
    x = 2 * q * c / (1 + 2 * q)
    slope = 4 / math.pi / (1 + 2 * q) / math.sqrt(1 - x * x)
    assert field.chi_c == pytest.approx(sigma_w**2 * slope, rel=1e-6)
    assert field.xi_c == pytest.approx(-1 / math.log(field.chi_c), rel=1e-9)
    assert field.xi_q == pytest.approx(-1 / math.log(field.chi_parallel), rel=1e-9)


@pytest.mark.parametrize(("sigma_w", "sigma_b"), [(1.5, 0.1), (0.8, 0.3), (2.5, 0.3)])
@pytest.mark.parametrize("name", ["tanh", "erf", "softsign", "hardtanh", "sigmoid", "elu"])
def test_maps_arrive_at_the_fixed_points(name, sigma_w, sigma_b):
    """Iterating the variance map ends at q*, iterating the correlation map at c*."""
    field = MeanField(name, sigma_w, sigma_b)
    q, c = 1.0, 0.4
    for _ in range(400):
        q = field.variance_map(q) if q < 1e20 else q
    for _ in range(120):
        c = field.correlation_map(c)
    if math.isinf(field.q_star):
        assert q > 1e20
    else:
        assert q == pytest.approx(field.q_star, rel=1e-9)
        reached = 120 / field.xi_c if field.xi_c else math.inf
        assert c == pytest.approx(field.c_star, abs=max(1e-6, 2 * math.exp(-reached)))


def test_all_fixed_points_with_their_stability():
    """GELU at sigma_w = 2.1 without biases: zero repels, and there is nothing before infinity."""
    field = MeanField("gelu", 2.1)
    assert [(p.value, p.stable) for p in field.fixed_points] == [(0.0, False)]
    assert field.q_star == math.inf
    bistable = MeanField("gelu", 1.45, 0.25)
    values = [point.value for point in bistable.fixed_points]
    assert [point.stable for point in bistable.fixed_points] == [True, False]
    for value in values:
        assert bistable.variance_map(value) == pytest.approx(value, rel=1e-10)
    assert bistable.q_star in (values[0], math.inf)


def test_correlation_fixed_points_of_an_odd_function():
    """Without biases a chaotic tanh has c = -1, 0 and 1, of which zero alone is stable."""
    points = MeanField("tanh", 2.0).correlation_fixed_points
    assert [round(point.value, 9) for point in points] == [-1, 0, 1]
    assert [point.stable for point in points] == [False, True, False]


@pytest.mark.parametrize(
    ("name", "sigma_w", "phase", "q_star", "chi_1"),
    [
        ("relu", 2**0.5, "critical", 1.0, 1.0),
        ("relu", 1.0, "ordered", 0.0, 0.5),
        ("relu", 2.0, "chaotic", math.inf, 2.0),
        ("identity", 1.0, "critical", 1.0, 1.0),
        ("tanh", 1.0, "critical", 0.0, 1.0),
        ("tanh", 0.5, "ordered", 0.0, 0.25),
        ("tanh", 0.0, "ordered", 0.0, 0.0),
    ],
)
def test_phases(name, sigma_w, phase, q_star, chi_1):
    """Scale-free functions have every q or none; the phase follows from chi_1."""
    field = MeanField(name, sigma_w)
    assert field.phase == phase
    assert field.q_star == pytest.approx(q_star, abs=1e-12)
    assert field.chi_1 == pytest.approx(chi_1, rel=1e-6)
    assert field.is_scale_free == (name in {"relu", "identity"} and phase == "critical")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tanh", -1.0), "sigma_w is -1.0: expected a finite number from 0"),
        (("tanh", 1.0, float("nan")), "sigma_b is nan: expected a finite number from 0"),
        (("than", 1.0), "unknown activation 'than': did you mean 'tanh'?"),
    ],
)
def test_bad_input(arguments, message):
    """Scales out of range and unknown activations are refused with one line."""
    with pytest.raises(InputError) as caught:
        MeanField(*arguments)
    assert message in str(caught.value)


def test_a_correlation_is_between_minus_one_and_one():
    """The correlation map refuses anything else."""
    with pytest.raises(InputError, match="correlation 1.5: expected a number between -1 and 1"):
        MeanField("tanh", 1.5).correlation_map(1.5)
