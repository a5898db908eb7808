"""Second moments agree with exact ones inside the table, and with limits beyond it."""

from __future__ import annotations

import numpy as np
import pytest

from initscope.errors import InputError
from initscope.theory import activation, moments
from initscope.theory.power_curve import second_moment, slope_second_moment


@pytest.mark.parametrize("f", ["relu", "tanh", "gelu", "softplus", "hardtanh"])
def test_curves_are_exact_to_six_digits(f):
    """Both moments at q between the table's entries, and at zero, are those of the quadrature."""
    function = activation(f)
    q = np.array([0.0, 3.3e-9, 0.0123, 0.77, 4.1, 333.0, 2.2e8])
    exact = [moments(function, float(value)) for value in q]
    found = second_moment(function, q), slope_second_moment(function, q)
    np.testing.assert_allclose(found[0], [m.second for m in exact], rtol=1e-6, atol=1e-16)
    np.testing.assert_allclose(found[1], [m.slope_second for m in exact], rtol=1e-6)


def test_beyond_the_table_moments_follow_their_powers():
    """ReLU and GELU grow as q / 2, tanh stays at one, and slopes at a half, up to infinity."""
    q = np.array([1e15, 1e100, np.inf])
    for f in ("relu", "gelu"):
        np.testing.assert_allclose(second_moment(activation(f), q), q / 2, rtol=1e-4)
        np.testing.assert_allclose(slope_second_moment(activation(f), q), 0.5, rtol=1e-4)
    np.testing.assert_allclose(second_moment(activation("tanh"), q), 1, rtol=1e-4)
    # tanh's slope is seen with a probability that falls as q^(-1/2).
    ratio = np.divide(*slope_second_moment(activation("tanh"), [1e12, 1e14]))
    assert ratio == pytest.approx(10, rel=1e-3)


def test_what_grows_too_fast_is_refused():
    """exp(x^2 / 100) has a second moment below q = 25 only."""
    function = activation(lambda x: np.exp(np.minimum(x * x / 100, 600)))
    with pytest.raises(InputError, match="grows too fast"):
        second_moment(function, 1e3)
