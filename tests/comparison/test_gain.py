"""The gain is a factor on initial weights, and theory says how deep it trains."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import initscope
from initscope import MLP, Data, InputError, Training, get
from initscope.comparison import Setting
from initscope.comparison.boundary import trainable_depth
from initscope.training import Initialization, Member
from initscope.training.members import fill_
from initscope.training.stack import Stack

SMALL = {"network": MLP((8, 8)), "training": Training(epochs=2)}


def test_the_gain_multiplies_all_weights_but_the_heads():
    """Power of two: exactly."""
    cell, shapes = Initialization.parse("he_normal"), MLP((3, 3)).shapes(4, 2)
    stack = Stack(2, shapes)
    fill_(stack.values, [Member(cell, 0), Member(cell, 0, gain=2.0)])
    for name, value in stack.values.items():
        factor = 2 if name.startswith("hidden") else 1
        torch.testing.assert_close(value[1], factor * value[0], rtol=0, atol=0)


def test_a_gain_is_another_scale_of_the_same_draw():
    """A normal law times a gain is that of the scaled deviation, seed by seed, to rounding."""
    sweep = initscope.compare("iris", ["normal(std=0.1)"], seeds=3, sweep={"gain": [1, 4]}, **SMALL)
    alone = initscope.compare("iris", ["normal(std=0.4)"], seeds=3, **SMALL)
    ours, theirs = sweep.comparisons[1], alone
    assert ours.experiment.setting.gain == 4
    for one, other in zip(
        ours.of(ours.experiment.cells[0]), theirs.of(theirs.experiment.cells[0]), strict=True
    ):
        np.testing.assert_allclose(one.test_loss, other.test_loss, atol=2e-5)


def test_a_gain_of_one_is_the_setting_that_was_stored_without_it():
    """Its identity is the old one; another gain has its own, and reads back."""
    setting = Setting(Data("iris"), MLP(), Training())
    assert "gain" not in setting.to_dict()
    other = Setting(Data("iris"), MLP(), Training(), 2)
    assert other.id != setting.id
    assert Setting.from_dict(other.to_dict()) == other
    for bad in (0, -1, math.inf):
        with pytest.raises(InputError, match=r"expected a number above 0, such as 1\.5"):
            Setting(Data("iris"), MLP(), Training(), bad)


def setting(activation: str, gain: float = 1.0, **forms) -> Setting:
    return Setting(Data("digits"), MLP((64, 64), activation, **forms), Training(), gain)


@pytest.mark.parametrize("gain", [0.5, 0.9, 1.1, 3.0])
def test_relu_trains_to_six_scales_of_its_gradient(gain):
    """With He's variance times gain^2, chi_1 = gain^2."""
    expected = 6 / abs(math.log(gain**2))
    assert trainable_depth(setting("relu", gain), get("he_normal")) == pytest.approx(expected)


@pytest.mark.parametrize("sigma", [0.5, 0.9])
def test_ordered_tanh_trains_to_six_scales_of_its_slope_at_zero(sigma):
    """Without biases q* is 0 where sigma_w < 1, and the slope is sigma_w^2."""
    expected = 6 / abs(math.log(sigma**2))
    predicted = trainable_depth(setting("tanh", sigma), get("lecun_uniform"))
    assert predicted == pytest.approx(expected, rel=1e-6)


def test_criticality_trains_at_any_depth_and_chaos_does_not():
    """He's variance is ReLU's critical one; tanh is chaotic above sigma_w = 1, and more so."""
    assert trainable_depth(setting("relu"), get("he_normal")) == math.inf
    depths = [trainable_depth(setting("tanh", gain), get("orthogonal")) for gain in (1.2, 2, 4, 8)]
    assert math.isfinite(depths[0])
    assert depths == sorted(depths, reverse=True)


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (MLP((64, 32)), "he_normal"),
        (MLP((64, 64), norm="batch"), "he_normal"),
        (MLP((64, 64), residual=True), "he_normal"),
        (MLP((64, 64)), "zeros"),
        (MLP((64, 64)), "identity"),
        (MLP((64, 64)), "hadamard"),
        (MLP((64, 64)), "uniform(low=0, high=1)"),
    ],
)
def test_where_theory_has_no_word_there_is_no_depth(network, name):
    """Other widths, normalization, branches, weights without chance or with a mean."""
    assert trainable_depth(Setting(Data("digits"), network, Training()), get(name)) is None
