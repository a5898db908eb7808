"""Finite networks: the prediction against closed forms and against random networks."""

import math
from itertools import pairwise

import numpy as np
import pytest

import initscope
from initscope import InputError
from initscope.theory import MeanField, predict_layers, simulate

NETWORKS, WIDTH, DEPTH = 50, 1000, 4
# 72 layers and quantities in six settings: 4.5 standard errors are one chance in two thousand.
Z = 4.5


@pytest.mark.parametrize(
    ("name", "sigma_w", "sigma_b"),
    [
        ("relu", 2**0.5, 0.0),
        ("tanh", 1.3, 0.2),
        ("tanh", 2.5, 0.2),
        ("gelu", 1.41, 0.4),
        ("selu", 1.0, 0.0),
        ("sigmoid", 4.0, 0.5),
    ],
)
def test_fifty_networks_of_width_1000(name, sigma_w, sigma_b):
    """Mean signal, correlation and gradient of every layer lie within their standard errors."""
    found = simulate(
        name, [WIDTH] * (DEPTH + 1), sigma_w, sigma_b, correlation=0.5, seeds=range(NETWORKS)
    )
    predicted = predict_layers(
        name, [(WIDTH, WIDTH)] * DEPTH, sigma_w, sigma_b=sigma_b, correlation=0.5
    )
    for index, layer in enumerate(predicted):
        for values, mean in (
            (found.q[:, index], layer.q),
            (found.correlation[:, index], layer.correlation),
            (found.gradient[:, index], layer.gradient),
        ):
            error = values.std(ddof=1) / NETWORKS**0.5
            bias = 3 / WIDTH * max(abs(mean), 1e-3)  # order 1 / n, which the theory leaves out
            assert abs(values.mean() - mean) < Z * error + bias


def test_the_spread_of_narrow_networks():
    """Over 400 ReLU networks of width 100 the variances of the logarithms are as predicted.

    The standard error of a variance of n normal values is sqrt(2 / (n - 1)) of it; the logarithm of
    a sum is normal up to terms of relative order 1 / width a layer, for which a tenth is left.
    """
    depth, networks = 8, 400
    found = simulate("relu", [100] * (depth + 1), 2**0.5, seeds=range(networks))
    predicted = predict_layers("relu", [(100, 100)] * depth, 2**0.5)
    tolerance = 4 * math.sqrt(2 / (networks - 1)) + 0.1
    for index, layer in enumerate(predicted):
        assert np.log(found.q[:, index]).var() == pytest.approx(layer.q_spread, rel=tolerance)
        if index < depth - 1:
            variance = np.log(found.gradient[:, index]).var()
            assert variance == pytest.approx(layer.gradient_spread, rel=tolerance)
    inside = [
        np.mean((low < column) & (column < high))
        for column, (low, high) in zip(
            found.q.T, (layer.q_interval for layer in predicted), strict=True
        )
    ]
    # 95% of 400 networks, give or take four standard errors of a binomial share.
    assert all(abs(share - 0.95) < 4 * math.sqrt(0.95 * 0.05 / networks) for share in inside)


def test_gradient_intervals_hold_nine_networks_in_ten():
    """Of 300 tanh networks above the edge of chaos 84% to 97% lie in the interval, layer by layer.

    The docstring says 0.89 to 0.94, from 1000 networks; to either side three standard errors of a
    share of 300 are left.
    """
    depth, networks = 12, 300
    found = simulate("tanh", [64] * (depth + 1), 1.3, seeds=range(networks))
    predicted = predict_layers("tanh", [(64, 64)] * depth, 1.3)[:-1]
    inside = [
        np.mean((layer.gradient_interval[0] < column) & (column < layer.gradient_interval[1]))
        for column, layer in zip(found.gradient.T, predicted, strict=False)
    ]
    assert min(inside) > 0.89 - 3 * math.sqrt(0.89 * 0.11 / networks)
    assert max(inside) < 0.94 + 3 * math.sqrt(0.94 * 0.06 / networks)
    assert np.mean(inside) < 0.95


def test_relu_in_closed_form():
    """He's initializer keeps 2 q, and the spread is the published 5 / n a layer (Hanin, 2018)."""
    widths = [30, 100, 50, 200, 10]
    fans = [initscope.Fans(*pair) for pair in pairwise(widths)]
    found = predict_layers("relu", fans, initscope.get("he_normal"), q=3.0)
    assert [layer.q for layer in found] == pytest.approx([6.0] * 4)
    gradient = [w_out / w_in for w_in, w_out in pairwise(widths)]
    for index in range(4):
        assert found[index].gradient == pytest.approx(math.prod(gradient[index + 1 :]))
        assert found[index].gradient_spread == pytest.approx(
            sum(math.log1p(5 / n) for n in widths[index + 1 : 4])
        )
        assert found[index].q_spread == pytest.approx(
            sum(math.log1p(5 / n) for n in widths[1 : index + 1])
            + math.log1p(2 / widths[index + 1])
        )


def test_any_initializer_gives_its_scale():
    """Fans and initializers of the catalogue are taken, and a number is sigma_w."""
    fans = [initscope.Fans(64, 64)] * 3
    glorot = predict_layers("tanh", fans, initscope.get("glorot_uniform"))
    assert glorot == predict_layers("tanh", [(64, 64)] * 3, 1.0)
    assert glorot[0].weight_std == 1 / 8


def test_a_mean_field_predicts_its_own_layers():
    """The method is the function, with the scales of the mean field."""
    field = MeanField("tanh", 1.3, 0.2)
    expected = predict_layers("tanh", [(64, 64)] * 3, 1.3, sigma_b=0.2, correlation=0.5)
    assert field.layers([(64, 64)] * 3, correlation=0.5) == expected
    deep = field.layers([(1000, 1000)] * 200)
    assert deep[-2].q == pytest.approx(field.q_star, rel=1e-6)


def test_zeros_give_zeros():
    """A network of zeros has neither signal nor gradient, and no correlation to speak of."""
    found = predict_layers("relu", [(8, 8)] * 3, initscope.get("zeros"), correlation=0.5)
    assert [layer.q for layer in found] == [0.0] * 3
    assert [layer.gradient for layer in found] == [0.0, 0.0, 1.0]
    assert found[-1].correlation is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("relu", [], 1.0), "received no layers"),
        (("relu", [(8, 8), (9, 8)], 1.0), "layer 1 has 8 units, but layer 2 sums over 9"),
        (("relu", [(8, 0)], 1.0), "fans (8, 0): expected initscope.Fans or a pair"),
        (("relu", [8, 8], 1.0), "fans 8: expected initscope.Fans or a pair"),
        (("relu", [(8, 8)], -1.0), "sigma_w is -1.0"),
        (("relu", [(8, 8)], "he_normal"), "expected initscope.get('he_normal')"),
    ],
)
def test_bad_input(arguments, message):
    """Lists of fans and scales that cannot be are refused with one line."""
    with pytest.raises(InputError) as caught:
        predict_layers(*arguments)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"widths": [8]}, "widths [8]: expected two or more"),
        ({"sigma_w": -1}, "sigma_w is -1"),
        ({"correlation": 2}, "correlation 2"),
        ({"q": -1}, "second moment -1"),
    ],
)
def test_bad_simulations(changed, message):
    """A simulation refuses the same."""
    arguments = {"widths": [8, 8], "sigma_w": 1.0} | changed
    with pytest.raises(InputError) as caught:
        simulate("relu", **arguments)
    assert message in str(caught.value)
