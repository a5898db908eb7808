"""Gains against PyTorch's table, closed forms and published figures."""

import math

import pytest
import torch
from torch.nn import init

import initscope
from initscope import InputError
from initscope.theory import gains
from initscope.theory.activations import ROWS

PYTORCH = {
    "identity": ("linear",),
    "sigmoid": ("sigmoid",),
    "tanh": ("tanh",),
    "relu": ("relu",),
    "leaky_relu(a=0.2)": ("leaky_relu", 0.2),
    "selu": ("selu",),
}


@pytest.mark.parametrize("name", PYTORCH)
def test_pytorchs_table(name):
    """The third convention is what torch.nn.init.calculate_gain returns."""
    assert initscope.gain(name, "pytorch") == init.calculate_gain(*PYTORCH[name])


@pytest.mark.parametrize(
    ("name", "forward", "backward"),
    [
        ("identity", 1, 1),
        ("relu", 2**0.5, 2**0.5),
        ("leaky_relu(a=0.2)", (2 / 1.04) ** 0.5, (2 / 1.04) ** 0.5),
        ("selu", 1.0, None),
        ("sin", (2 / (1 - math.exp(-2))) ** 0.5, (2 / (1 + math.exp(-2))) ** 0.5),
        ("erf", (2 / math.pi * math.asin(2 / 3)) ** -0.5, (4 / math.pi / 5**0.5) ** -0.5),
        ("relu_squared", 1.5**-0.5, 0.5**0.5),
    ],
)
def test_closed_forms(name, forward, backward):
    """Gains with a closed form agree to 14 digits; SELU's forward gain is one by design."""
    assert initscope.gain(name) == pytest.approx(forward, rel=1e-14)
    if backward:
        assert initscope.gain(name, "backward") == pytest.approx(backward, rel=1e-14)


def test_the_figures_of_the_field():
    """Tanh keeps its second moment with 1.5925, not with 5/3; GELU needs 1.5335."""
    assert round(initscope.gain("tanh"), 4) == 1.5925
    assert round(initscope.gain("gelu"), 4) == 1.5335


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_gains_do_what_they_say(row):
    """Over 300,000 draws one gain keeps the second moment, the other that of the slope."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(300_000, generator=generator, dtype=torch.float64).numpy()
    f = initscope.theory.activation(row.name)
    for convention, values in (("forward", f(x)), ("backward", f.derivative(x))):
        powers = (initscope.gain(row.name, convention) * values) ** 2
        standard_error = powers.std() / len(x) ** 0.5
        assert abs(powers.mean() - 1) < 4.5 * standard_error + 1e-12


def test_gains_explains_the_difference():
    """All conventions stand side by side, with a note on PyTorch's number."""
    tanh = gains("tanh")
    assert (tanh.forward, tanh.backward) == (
        initscope.gain("tanh"),
        initscope.gain("tanh", "backward"),
    )
    assert "scaled tanh" in tanh.note
    assert tanh.growth == pytest.approx(tanh.forward**2 / tanh.backward**2)
    assert "placeholder" in gains("sigmoid").note
    mish = gains("mish")
    assert mish.pytorch is None
    assert "no gain" in mish.note


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tanh", "fan_in"), "unknown convention 'fan_in'"),
        (("gelu", "pytorch"), "PyTorch's table has no gain for gelu"),
        (("tanh", "forward", 0), "second moment 0: expected a number above 0"),
        (("tanh", "forward", -1), "second moment -1: expected a finite number from 0"),
        ((lambda x: 0 * x,), "is zero almost everywhere: it has no forward gain"),
        ((lambda x: 0 * x + 1, "backward"), "is flat almost everywhere: it has no backward gain"),
    ],
)
def test_bad_input(arguments, message):
    """What has no gain is refused with one line."""
    with pytest.raises(InputError) as caught:
        initscope.gain(*arguments)
    assert message in str(caught.value)
