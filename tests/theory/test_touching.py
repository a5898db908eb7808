"""Fixed points at which the variance map touches the diagonal, and does not cross it."""

from __future__ import annotations

import pytest

from initscope.errors import InputError
from initscope.theory import MeanField, critical_point, gains


@pytest.mark.parametrize("name", ["gelu", "silu", "mish", "hardswish"])
def test_a_half_stable_critical_point_is_a_fixed_point(name):
    """The map at the critical scales has the critical q among its fixed points, with slope one."""
    critical = critical_point(name)
    field = MeanField(name, critical.sigma_w, critical.sigma_b)
    # A double root is as exact as the square root of the rounding of the map.
    (point,) = [p for p in field.fixed_points if p.value == pytest.approx(critical.q_star, 1e-7)]
    assert point.slope == pytest.approx(1, abs=1e-9)
    assert not point.stable


@pytest.mark.parametrize("name", ["silu", "mish", "hardswish"])
def test_a_signal_that_comes_from_below_stays_there(name):
    """From q = 1 the map rises to the critical point, which draws from below."""
    critical = critical_point(name)
    field = MeanField(name, critical.sigma_w, critical.sigma_b)
    assert field.variance_map(1.0) > 1.0
    assert field.q_star == pytest.approx(critical.q_star, 1e-7)
    assert field.phase == "critical"


def test_the_signal_of_gelu_is_caught_below_its_critical_point():
    """Between 1 and the critical 3.56 the map has a stable fixed point, in the ordered phase."""
    critical = critical_point("gelu")
    field = MeanField("gelu", critical.sigma_w, critical.sigma_b)
    stable, touching = field.fixed_points
    assert (stable.stable, touching.stable) == (True, False)
    assert field.q_star == stable.value < critical.q_star
    assert field.variance_map(stable.value) == pytest.approx(stable.value, 1e-12)


def test_c_star_is_one_where_the_correlation_map_never_falls_below_the_diagonal():
    """Far out mish is linear on either side, so that no other fixed point is left than one."""
    field = MeanField("mish", 1.45, 0.3)
    assert field.q_star == float("inf")
    assert 1 - field.c_star < 1e-5


@pytest.mark.parametrize("q", [0.0, -1.0, float("inf"), float("nan")])
def test_gains_refuse_a_second_moment_that_is_none(q):
    """A gain is taken at a finite second moment above zero, for any activation."""
    with pytest.raises(InputError, match="second moment"):
        gains("relu_squared", q)


def test_without_a_finite_second_moment_the_correlation_has_a_slope_of_its_own():
    """ReLU's correlation map is the same at every scale, and has slope one at one."""
    field = MeanField("relu", 2.0)
    assert field.q_star == float("inf")
    assert field.chi_1 == pytest.approx(2)
    assert field.chi_c == pytest.approx(1, abs=1e-9)
    assert field.xi_c == float("inf")
