"""Spectra of Jacobians agree with exact moments, closed forms and random networks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ortho_group

from initscope.errors import InputError
from initscope.theory import (
    activation,
    fuss_catalan_density,
    fuss_catalan_moment,
    jacobian_spectrum,
)


def _nodes(low, high, count=100):
    """Nodes and weights on [low, high] in log x, drawn together at the ends as edges need."""
    s, weights = np.polynomial.legendre.leggauss(count)
    angle, length = (s + 1) * np.pi / 2, np.log(high / low)
    x = low * np.exp(length * (1 - np.cos(angle)) / 2)
    return x, weights * length * np.sin(angle) / 2 * np.pi / 2 * x


def _squared_singular_values(found, sigma_w, width, networks):
    """Those of independent layers D W with Gaussian preactivations: one row a network."""
    depth, weights, q = found.depth, found.weights, found.q
    generator = np.random.default_rng(0)
    slope = activation(found.activation).derivative
    rows = []
    for _ in range(networks):
        jacobian = np.eye(width)
        for _ in range(depth):
            if weights == "gaussian":
                w = generator.standard_normal((width, width)) / width**0.5
            else:
                w = ortho_group.rvs(width, random_state=generator)
            x = q**0.5 * generator.standard_normal(width)
            jacobian = slope(x)[:, None] * (sigma_w * w @ jacobian)
        rows.append(np.linalg.svd(jacobian, compute_uv=False) ** 2)
    return np.array(rows)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_fuss_catalan_densities_have_fuss_catalan_moments(depth):
    """Moments 1 to 3 of the density are the Fuss-Catalan numbers, to quadrature's 1e-6.

    What is left out below 1e-12 of the zeroth moment is x^(1/(L+1)) there, at most 1%.
    """
    x, weights = _nodes(1e-12, (depth + 1) ** (depth + 1) / depth**depth)
    terms = weights * fuss_catalan_density(x, depth)
    assert terms.sum() == pytest.approx(1, abs=1.2e-12 ** (1 / (depth + 1)) * 2)
    for k in (1, 2, 3):
        assert terms @ x**k == pytest.approx(fuss_catalan_moment(k, depth), rel=1e-6)


def test_one_gaussian_matrix_is_marchenko_pastur():
    """For L = 1 the density is sqrt((4 - x) / x) / (2 pi), and zero beyond 4."""
    x = np.array([0.01, 0.5, 2.0, 3.9])
    exact = np.sqrt((4 - x) / x) / (2 * np.pi)
    np.testing.assert_allclose(fuss_catalan_density(x, 1), exact, rtol=1e-12)
    assert fuss_catalan_density([4.0, 5.0, 0.0, -1.0], 1).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("depth", [1, 3])
def test_the_transform_solves_what_has_a_closed_form(depth):
    """The numerical density of a linear network is the Fuss-Catalan density."""
    found = jacobian_spectrum("identity", 1.0, depth=depth)
    x = np.linspace(0.01, 0.99, 12) * found.maximum
    exact = fuss_catalan_density(x, depth)
    np.testing.assert_allclose(found._product.density(x), exact, rtol=1e-6)
    assert found.maximum == pytest.approx((depth + 1) ** (depth + 1) / depth**depth, rel=1e-12)


@pytest.mark.parametrize(
    ("f", "weights", "depth", "relative"),
    [
        ("identity", "gaussian", 7, 7),  # L (1 - 1 + 1)
        ("identity", "orthogonal", 7, 0),
        ("relu", "gaussian", 7, 14),  # mu_2 / mu_1^2 = 2
        ("relu", "orthogonal", 7, 7),
        ("leaky_relu(0.5)", "orthogonal", 7, 7 * (0.53125 / 0.625**2 - 1)),
    ],
)
@pytest.mark.parametrize("sigma_w", [1.0, 1.7])
def test_variances_are_those_of_pennington_and_others(f, weights, depth, relative, sigma_w):
    """The variance over the squared mean is L (mu_2 / mu_1^2 - 1 - s_1), whatever chi is."""
    found = jacobian_spectrum(f, sigma_w, depth=depth, weights=weights)
    assert found.relative_variance == pytest.approx(relative, abs=1e-9)
    assert found.mean == pytest.approx(found.chi**depth)
    assert found.variance == pytest.approx(relative * found.mean**2, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(
    ("f", "weights", "depth"),
    [("tanh", "gaussian", 1), ("tanh", "orthogonal", 2), ("relu", "orthogonal", 3)],
)
def test_densities_have_their_mass_mean_and_variance(f, weights, depth):
    """Density and atoms make up a distribution with the moments that are known exactly."""
    found = jacobian_spectrum(f, 1.3, depth=depth, weights=weights, q=1.0)
    x, w = _nodes(max(found.minimum, 1e-9 * found.mean), found.maximum)
    terms = w * found.density(x)
    assert terms.sum() + sum(mass for _, mass in found.atoms) == pytest.approx(1, abs=1e-3)
    assert terms @ x == pytest.approx(found.mean, rel=1e-4)
    assert terms @ x**2 == pytest.approx(found.mean**2 + found.variance, rel=1e-4)


@pytest.mark.parametrize(
    ("f", "weights", "depth"),
    [("tanh", "gaussian", 3), ("gelu", "orthogonal", 3), ("relu", "gaussian", 2)],
)
def test_random_networks_have_these_spectra(f, weights, depth):
    """Mean, second moment and shares above two points are those of 20 networks of width 200.

    Each network gives one independent value, so the tolerance is four standard errors of their
    mean, and a term of L^2 / n, 1 / 200 a layer pair, for the finite width.
    """
    found = jacobian_spectrum(f, 1.4, depth=depth, weights=weights, q=1.0)
    sample = _squared_singular_values(found, 1.4, width=200, networks=20)

    def check(rows, exact, size):
        error = rows.mean(axis=1).std(ddof=1) / len(rows) ** 0.5
        assert rows.mean() == pytest.approx(exact, abs=4 * error + size * depth**2 / 200)

    check(sample, found.mean, found.mean)
    check(sample**2, found.mean**2 + found.variance, found.mean**2 + found.variance)
    for point in (0.5 * found.mean, 2 * found.mean):
        x, w = _nodes(point, found.maximum)
        check((sample > point).astype(float), w @ found.density(x), 1.0)
    edge = sample.max(axis=1).mean()  # edges move as n^(-2/3), 3%, and with the mean slope
    assert edge == pytest.approx(found.maximum, rel=0.1)


def test_networks_with_signals_have_the_predicted_mean_and_variance():
    """Slopes come from a propagated signal: tanh at its fixed point, 20 networks of width 400.

    Tolerance: four standard errors of the mean over networks, and L^2 / n for the finite width.
    """
    sigma_w, sigma_b, depth, width = 1.3, 0.2, 3, 400
    found = jacobian_spectrum("tanh", sigma_w, sigma_b, depth)
    generator = np.random.default_rng(1)
    rows = []
    for _ in range(20):
        x = found.q**0.5 * generator.standard_normal(width)
        jacobian = np.eye(width)
        for _ in range(depth):
            w = sigma_w * generator.standard_normal((width, width)) / width**0.5
            jacobian = w @ ((1 - np.tanh(x) ** 2)[:, None] * jacobian)
            x = w @ np.tanh(x) + sigma_b * generator.standard_normal(width)
        gram = jacobian.T @ jacobian
        rows.append((np.trace(gram) / width, (gram**2).sum() / width))
    exact = np.array([found.mean, found.mean**2 + found.variance])
    error = np.std(rows, axis=0, ddof=1) / 20**0.5
    assert (np.abs(np.mean(rows, axis=0) - exact) <= 4 * error + exact * depth**2 / width).all()


def test_projections_leave_atoms():
    """Hard tanh with orthogonal weights: n projections of rank p leave a share 1 - L (1 - p) whole.

    The share that is zero stays that of one layer, and the largest value is the atom.
    """
    found = jacobian_spectrum("hardtanh", 1.0, depth=2, weights="orthogonal", q=1.0)
    p = 0.6826894921370859  # P(|x| < 1)
    (zero, zero_mass), (whole, whole_mass) = found.atoms
    assert (zero, whole) == (0, pytest.approx(1))
    assert zero_mass == pytest.approx(1 - p)
    assert whole_mass == pytest.approx(2 * p - 1)
    assert found.maximum == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize(("f", "q", "depth"), [("relu", 1.0, 5), ("hardtanh", 1.0, 7)])
def test_products_of_projections_end_where_published(f, q, depth):
    """The maximum is (1 - p) / p * L^L / (L - 1)^(L - 1) over the mean, p the share of slope one.

    Pennington, Schoenholz and Ganguli (2017) give it for ReLU and hard tanh with orthogonal
    weights; it follows from S(z) = ((1 + z) / (p + z))^L, where L (1 - p) > 1.
    """
    found = jacobian_spectrum(f, 1.2, depth=depth, weights="orthogonal", q=q)
    p = 1 - found.zero_share
    exact = (1 - p) / p * depth**depth / (depth - 1) ** (depth - 1)
    assert found.maximum / found.mean == pytest.approx(exact, rel=1e-9)


def test_isometry_is_kept_by_orthogonal_weights_alone():
    """Linear orthogonal networks have one singular value and condition 1; Gaussian ones have none.

    In between, leaky ReLU keeps a finite condition that grows with depth.
    """
    exact = jacobian_spectrum("identity", 1.0, depth=9, weights="orthogonal")
    assert exact.atoms == ((pytest.approx(1), 1.0),)
    assert exact.condition == pytest.approx(1)
    assert jacobian_spectrum("identity", 1.0, depth=9).condition == float("inf")
    conditions = [
        jacobian_spectrum("leaky_relu(0.5)", 1.0, depth=depth, weights="orthogonal").condition
        for depth in (1, 2, 4, 8)
    ]
    assert conditions[0] == pytest.approx(2)
    assert conditions == sorted(conditions)
    assert jacobian_spectrum("relu", 1.0, depth=2, weights="orthogonal").minimum == 0


def test_a_slope_without_bound_has_no_maximum():
    """The squared ReLU's slope grows, and the largest singular value with the width."""
    assert jacobian_spectrum("relu_squared", 0.5, depth=2, q=1.0).maximum == float("inf")


def test_great_depths_do_not_overflow():
    """The mean of 3^2000 is infinite, not an error; a density there is refused."""
    found = jacobian_spectrum("identity", 3.0, depth=2000)
    assert (found.mean, found.minimum) == (float("inf"), 0)
    with pytest.raises(InputError, match="no density"):
        found.density(1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 0}, "depth is 0: expected a whole number from 1"),
        ({"depth": 2.5}, "depth is 2.5: expected a whole number from 1"),
        ({"sigma_w": -1}, "sigma_w is -1: expected a finite number from 0"),
        ({"sigma_w": 0}, "sigma_w is 0: the Jacobian is zero"),
        ({"sigma_b": float("nan")}, "sigma_b is nan"),
        ({"weights": "gausian"}, "did you mean 'gaussian'"),
        ({"q": -1.0}, "second moment -1.0"),
        ({"f": np.sign}, "flat almost everywhere"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(arguments, message):
    """The message says what was received and expected."""
    with pytest.raises(InputError, match=message) as caught:
        jacobian_spectrum(**({"f": "tanh", "sigma_w": 1.0, "depth": 3} | arguments))
    assert "\n" not in str(caught.value)


def test_one_curved_orthogonal_layer_has_no_density_of_its_own():
    """Its squared singular values are the squared slopes; the error says so."""
    with pytest.raises(InputError, match="depth 1"):
        jacobian_spectrum("tanh", 1.0, weights="orthogonal", q=1.0).density(0.5)
