"""Functions resolved into panels: where they bend, jump, and what cannot be resolved."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initscope import InputError
from initscope.theory.panels import resolve


@settings(max_examples=25, deadline=None)
@given(st.floats(-9, 9), st.floats(0.1, 3))
def test_a_kink_and_a_jump_are_found(kink, distance):
    """Wherever a kink and a jump lie, both are found to 1e-9."""
    jump = kink + distance
    panels = resolve(lambda x: np.abs(x - kink) + (x > jump), -26, 26)
    assert np.abs(panels.kinks - kink).min() < 1e-9 * (1 + abs(kink))
    assert np.abs(panels.jumps - jump).min() < 1e-9 * (1 + abs(jump))


@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (np.sin, np.cos),
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (lambda x: np.abs(x) * x, lambda x: 2 * np.abs(x)),
    ],
)
def test_derivatives_of_the_panels(f, derivative):
    """The derivative of the series is that of the function to ten digits."""
    x = np.linspace(-20, 20, 999)
    np.testing.assert_allclose(
        resolve(f, -26, 26).derivative(x), derivative(x), rtol=1e-9, atol=1e-9
    )


def test_roughness_is_refused():
    """White noise, fixed for every point, is no piecewise smooth function."""

    def noise(x):
        return np.modf(np.sin(x * 12.9898) * 43758.5453)[0]

    with pytest.raises(InputError, match="varies too fast between -26 and 26"):
        resolve(noise, -26, 26)


def test_poles_are_refused():
    """A function that is infinite at a point where it is looked at is refused."""
    with pytest.raises(InputError, match="the function is inf at"):
        resolve(lambda x: np.where(np.abs(x) > 5, np.inf, x), -26, 26)
