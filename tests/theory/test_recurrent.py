"""Recurrent networks with tied weights agree with the theory of deep ones."""

from __future__ import annotations

import numpy as np
import pytest

from initscope.errors import InputError
from initscope.theory import MeanField, jacobian_spectrum, recurrent

WIDTH, INPUTS, STEPS, NETWORKS = 600, 200, 30, 8


def _run(f, sigma_w, sigma_v, sigma_b):
    """Return, for each network, the last q and the log growth a step of a small change."""
    generator = np.random.default_rng(0)
    rows = []
    for _ in range(NETWORKS):
        w = sigma_w * generator.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5
        u = sigma_v * generator.standard_normal((WIDTH, INPUTS)) / INPUTS**0.5
        b = sigma_b * generator.standard_normal((WIDTH, 1))
        z = np.zeros((WIDTH, 1))
        moments, sizes = [], []
        tangent = generator.standard_normal((WIDTH, 1))
        for _ in range(STEPS):
            slope = (f(z + 1e-6) - f(z - 1e-6)) / 2e-6
            tangent = w @ (slope * tangent)
            z = w @ f(z) + u @ generator.standard_normal((INPUTS, 1)) + b
            moments.append((z**2).mean())
            sizes.append((tangent**2).sum())
        # From step 10 on, q is at its fixed point.
        rows.append((np.mean(moments[10:]), np.log(sizes[-1] / sizes[9]) / (STEPS - 10)))
    return np.array(rows)


@pytest.mark.parametrize("sigma_w", [0.7, 1.2, 2.0])
def test_tied_weights_give_the_theory_of_depth(sigma_w):
    """The second moment and the growth of a small change, over 8 networks of 600 units.

    Tolerance: four standard errors over networks, and 4 / n for the finite width.
    """
    found = recurrent("tanh", sigma_w, sigma_v=0.5, sigma_b=0.2)
    rows = _run(np.tanh, sigma_w, 0.5, 0.2)
    exact = np.array([found.q_star, np.log(found.chi_1)])
    error = rows.std(axis=0, ddof=1) / NETWORKS**0.5
    assert (np.abs(rows.mean(axis=0) - exact) <= 4 * error + 4 / WIDTH).all()


def test_inputs_count_as_biases():
    """sigma_v^2 R + sigma_b^2 stands where the biases' variance stands in a deep network."""
    found = recurrent("tanh", 1.1, sigma_v=0.3, sigma_b=0.4, input_second_moment=2.0)
    deep = MeanField("tanh", 1.1, (0.09 * 2 + 0.16) ** 0.5)
    assert found.q_star == pytest.approx(deep.q_star, rel=1e-12)
    assert found.chi_1 == pytest.approx(deep.chi_1, rel=1e-12)
    assert found.phase == deep.phase
    assert found.memory == pytest.approx(deep.xi_c)
    spectrum = jacobian_spectrum("tanh", 1.1, found.field.sigma_b, depth=5)
    assert spectrum.chi == pytest.approx(found.chi_1, rel=1e-9)


def test_a_linear_network_remembers_by_its_spectral_radius():
    """chi_1 = sigma_w^2: a squared trace falls by e in -1 / (2 ln sigma_w) steps."""
    found = recurrent("identity", 0.9, sigma_v=1.0)
    assert found.q_star == pytest.approx(1 / (1 - 0.81), rel=1e-9)
    assert found.memory == pytest.approx(-1 / (2 * np.log(0.9)))
    assert recurrent("identity", 0.0, sigma_v=1.0).memory == 0
    assert recurrent("tanh", 1.0).memory == float("inf")
    assert recurrent("tanh", 3.0, sigma_v=0.1).memory == float("inf")


def test_the_spectral_radius_is_that_of_random_matrices():
    """The circular law: the edge of 600 eigenvalues lies within 5% of sigma_w.

    It fluctuates as n^(-1/2), 4%, and less (Rider, 2003).
    """
    w = 1.4 * np.random.default_rng(0).standard_normal((WIDTH, WIDTH)) / WIDTH**0.5
    radius = np.abs(np.linalg.eigvals(w)).max()
    assert radius == pytest.approx(recurrent("tanh", 1.4).spectral_radius, rel=0.05)


def test_second_moments_start_from_a_state_of_zeros():
    """The first step sees inputs and biases alone; later ones approach q*."""
    found = recurrent("tanh", 1.2, sigma_v=0.5, sigma_b=0.1)
    moments = found.second_moments(200)
    assert moments[0] == pytest.approx(0.25 + 0.01)
    assert moments[-1] == pytest.approx(found.q_star, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: recurrent("tanh", -1.0), "sigma_w is -1.0"),
        (lambda: recurrent("tanh", 1.0, sigma_v=-1.0), "sigma_v is -1.0"),
        (lambda: recurrent("tanh", 1.0, sigma_b=-1.0), "sigma_b is -1.0"),
        (lambda: recurrent("tanh", 1.0, input_second_moment=-1.0), "input_second_moment is -1.0"),
        (lambda: recurrent("lstm", 1.0), "unknown activation 'lstm'"),
        (lambda: recurrent("tanh", 1.0).second_moments(0), "steps is 0"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    """The message says what was received and expected."""
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
