"""Gaussian expectations against mpmath at 30 digits, closed forms, and their own error."""

import math

import mpmath
import numpy as np
import pytest

from initscope import InputError
from initscope.theory import expectation, moments
from initscope.theory.activation import activation

# Definitions of their own, in arbitrary precision.
EXACT = {
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
    "selu": lambda x: (
        mpmath.mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mpmath.mpf("1.6732632423543772848170429916717") * mpmath.expm1(x))
    ),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hardtanh": lambda x: min(max(x, -1), 1),
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
}
SPLITS = [-40, -12, -6, -3, -1, 0, 1, 3, 6, 12, 40]

CLOSED = {
    "identity": lambda q: q,
    "relu": lambda q: q / 2,
    "leaky_relu(a=0.3)": lambda q: (1 + 0.3**2) * q / 2,
    "sin": lambda q: -math.expm1(-2 * q) / 2,
    "erf": lambda q: 2 / math.pi * math.asin(2 * q / (1 + 2 * q)),  # Williams, 1997, eq. 11
    "relu_squared": lambda q: 3 * q * q / 2,
    "gelu": lambda q: (
        q / 4
        + q / (2 * math.pi) * (math.asin(q / (1 + q)) + 2 * q / ((1 + q) * (1 + 2 * q) ** 0.5))
    ),
}


@pytest.mark.parametrize("q", [0.09, 1.0, 6.25])
@pytest.mark.parametrize("name", EXACT)
def test_named_moments_to_ten_digits(name, q):
    """E[f] and E[f^2] of a named activation agree with mpmath to a relative 1e-10."""
    f, scale = EXACT[name], mpmath.sqrt(q)
    points = [mpmath.mpf(x) / scale for x in SPLITS if abs(x) / math.sqrt(q) <= 14] or [-14, 0, 14]
    points = sorted({mpmath.mpf(-14), *points, mpmath.mpf(14)})
    with mpmath.workdps(20):
        mean, second = (
            mpmath.quad(lambda z, k=k: f(scale * z) ** k * mpmath.npdf(z), points) for k in (1, 2)
        )
    found = moments(activation(name), q)
    assert abs(found.mean - mean) <= 1e-10 * max(abs(mean), second)
    assert abs(found.second - second) <= 1e-10 * second


@pytest.mark.parametrize("q", [1e-6, 0.3, 1.0, 40.0, 1e6])
@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name, q):
    """Second moments with a closed form agree to a relative 1e-12, at any scale."""
    if name == "sin" and q > 1e5:
        with pytest.raises(InputError, match="varies too fast between -106496 and 106496"):
            moments(activation(name), q)
        return
    # asin of nearly one loses half its digits, also in the closed form.
    tolerance = 1e-8 if name in {"erf", "gelu"} and q > 100 else 1e-12
    assert moments(activation(name), q).second == pytest.approx(CLOSED[name](q), rel=tolerance)


@pytest.mark.parametrize("name", [*EXACT, "relu", "sin", "erf"])
def test_derivatives_of_moments(name):
    """The response is the derivative of E[f^2] by q, and E[f'^2] that of a correlated product."""
    f, q, step = activation(name), 1.3, 1e-4
    found = moments(f, q)
    difference = (moments(f, q + step).second - moments(f, q - step).second) / (2 * step)
    assert found.response == pytest.approx(difference, rel=1e-6)


UNKNOWN = [
    (lambda x: np.abs(x) ** 1.5, 2**0.75 * math.gamma(1.25) / math.pi**0.5),
    (lambda x: np.where(x > 0.3, 1.0, 0.0), 0.5 * math.erfc(0.3 / 2**0.5)),
    (lambda x: np.maximum(x - 1 / 7, 0), None),
    (lambda x: np.cos(9 * x), math.exp(-40.5)),
    (lambda x: np.sign(np.sin(3 * x)) * x, None),
    (np.floor, -0.5),
    (lambda x: 1 / (1 + 25 * x * x), None),
]


@pytest.mark.parametrize(("f", "exact"), UNKNOWN)
def test_unknown_functions_to_six_digits_and_reported(f, exact):
    """Kinks, jumps and fast waves are resolved to 1e-6, within the error that is stated."""
    if exact is None:
        z = (np.arange(4_000_000) + 0.5) / 4_000_000 * 24 - 12
        exact = float(f(z) @ np.exp(-z * z / 2)) * 24 / 4_000_000 / math.sqrt(2 * math.pi)
    found = expectation(f)
    assert abs(found.value - exact) <= max(1e-6 * abs(exact), 1e-6)
    assert abs(found.value - exact) <= found.error + 2e-7  # the plain sum has an error, too
    assert found.error < 1e-6


def test_the_limits_of_growth():
    """exp(x) has its expectation, exp(x^2 / 4) has the square root of two, exp(x^2) has none."""
    assert expectation(np.exp).value == pytest.approx(math.exp(0.5), rel=1e-12)
    assert expectation(lambda x: np.exp(x * x / 4)).value == pytest.approx(2**0.5, rel=1e-10)
    for f in (lambda x: np.exp(x * x), lambda x: np.exp(x * x / 2)):
        with pytest.raises(InputError, match="grows too fast"):
            expectation(f)


@pytest.mark.parametrize("q", [-1.0, float("nan"), float("inf")])
def test_a_second_moment_is_a_finite_number_from_zero(q):
    """A negative, infinite or missing second moment is refused."""
    with pytest.raises(InputError, match="second moment .*: expected a finite number from 0"):
        expectation("tanh", q)
