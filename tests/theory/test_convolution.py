"""Profiles of convolutional networks agree with closed forms and with random networks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from initscope.errors import InputError
from initscope.theory import (
    MeanField,
    activation,
    border_decay,
    border_share,
    convolution_modes,
    convolution_profile,
)

HE = 2**0.5


def _convolve(x, weights, padding, stride):
    """Plain convolution: a sum over the kernel's positions; x is (channels, *positions)."""
    kernel = weights.shape[2:]
    ends = [(0, 0), *(((k - 1) // 2, k // 2) for k in kernel)]
    padded = np.pad(x, ends, mode="wrap" if padding == "circular" else "constant")
    out = 0.0
    for offset in itertools.product(*(range(k) for k in kernel)):
        window = tuple(slice(o, o + n) for o, n in zip(offset, x.shape[1:], strict=True))
        out = out + np.tensordot(weights[(..., *offset)], padded[(slice(None), *window)], 1)
    return out[(slice(None), *(slice(None, None, stride) for _ in kernel))]


def _simulated(f, case, channels, depth=3, networks=12):
    """Second moments over channels by position in the last layer, a row for each network."""
    generator = np.random.default_rng(0)
    sizes, kernel, padding, stride = case
    fan_in = channels * np.prod(kernel)
    rows = []
    for _ in range(networks):
        x = generator.standard_normal((channels, *sizes))
        for _ in range(depth):
            w = 1.3 * generator.standard_normal((channels, channels, *kernel)) / fan_in**0.5
            bias = 0.2 * generator.standard_normal((channels, *(1 for _ in sizes)))
            x = _convolve(f(x), w, padding, stride) + bias
        rows.append((x**2).mean(axis=0))
    return np.array(rows)


@pytest.mark.parametrize(
    ("f", "case", "channels"),
    [
        ("relu", ((7,), (3,), "zeros", 1), 300),
        ("tanh", ((9,), (4,), "zeros", 2), 300),
        ("tanh", ((6,), (5,), "circular", 1), 200),
        ("gelu", ((5, 4), (3, 2), "zeros", 1), 100),
    ],
)
def test_random_convolutions_have_the_predicted_profile(f, case, channels):
    """Every position of the third layer, over 12 networks.

    Tolerance: five standard errors over networks, and 2 / channels a layer for the finite width.
    """
    sizes, kernel, padding, stride = case
    found = convolution_profile(f, 1.3, 0.2, sizes, kernel, 3, padding=padding, stride=stride)
    rows = _simulated(activation(f), case, channels)
    exact = found.second_moments[-1]
    error = rows.std(axis=0, ddof=1) / len(rows) ** 0.5
    assert rows.shape[1:] == exact.shape
    assert (np.abs(rows.mean(axis=0) - exact) <= 5 * error + 6 / channels * exact).all()


def test_circular_padding_is_a_dense_network():
    """Every position follows the variance map of a dense layer (Xiao et al., 2018)."""
    found = convolution_profile("tanh", 1.3, 0.2, (8, 8), 3, depth=4, padding="circular")
    q, field = 1.0, MeanField("tanh", 1.3, 0.2)
    for values in found.second_moments:
        np.testing.assert_allclose(values, q, rtol=1e-6)
        q = field.variance_map(q)


@pytest.mark.parametrize(("n", "kernel"), [(8, 3), (32, 5), (7, 7), (14, 1)])
def test_border_share_is_its_closed_form(n, kernel):
    """Of an odd kernel's taps r (r + 1) / (n k) miss, r = (k - 1) / 2; the others multiply."""
    r = (kernel - 1) // 2
    share = r * (r + 1) / (n * kernel)
    assert border_share(n, kernel) == pytest.approx(share)
    assert border_share((n, 2 * n), kernel) == pytest.approx(1 - (1 - share) * (1 - share / 2))


def test_the_first_layer_loses_the_border_share():
    """The mean second moment of ReLU at He's scale falls by exactly the taps that miss."""
    mean = convolution_profile("relu", HE, 0.0, (8, 12), 3, depth=1).mean
    assert mean[1] / mean[0] == pytest.approx(1 - border_share((8, 12), 3), rel=1e-12)


@pytest.mark.parametrize("sizes", [(8,), (8, 5)])
def test_deep_networks_fade_at_the_border_decay(sizes):
    """For a kernel of 3 the factor is (1 + 2 cos(pi / (n + 1))) / 3 a dimension, everywhere."""
    exact = np.prod([(1 + 2 * np.cos(np.pi / (n + 1))) / 3 for n in sizes])
    assert border_decay(sizes, 3) == pytest.approx(exact, rel=1e-9)
    found = convolution_profile("relu", HE, 0.0, sizes, 3, depth=120)
    last, before = found.second_moments[-1], found.second_moments[-2]
    np.testing.assert_allclose(last / before, exact, rtol=1e-6)
    assert found.corner[-1] < found.mean[-1] < found.centre[-1] < 1


def test_strides_keep_every_second_position():
    """Sizes are those of a PyTorch convolution of kernel 3, stride 2 and padding 1."""
    found = convolution_profile("relu", HE, 0.0, (32, 7), 3, depth=3, stride=2)
    assert [values.shape for values in found.second_moments] == [(32, 7), (16, 4), (8, 2), (4, 1)]


def test_modes_decay_at_their_rates():
    """A cosine over positions keeps rate^l of its amplitude in a linear circular network."""
    n, j, kernel, depth = 12, 2, 5, 4
    wave = np.cos(2 * np.pi * j * np.arange(n) / n)
    found = convolution_profile(
        "identity", 1.0, 0.0, n, kernel, depth, padding="circular", q=1 + wave / 2
    )
    modes = convolution_modes(n, kernel)
    expected = 1 + wave / 2 * modes.rates[j] ** depth
    np.testing.assert_allclose(found.second_moments[-1], expected, rtol=1e-12)
    assert modes.depth_scales[0] == float("inf")
    assert modes.depth_scales[j] == pytest.approx(-1 / np.log(modes.rates[j]))


def test_rates_are_dirichlet_kernels_and_multiply():
    """|sin(k theta / 2) / (k sin(theta / 2))| in one dimension; the product in two."""
    theta = 2 * np.pi * np.arange(1, 7) / 7
    line = np.abs(np.sin(3 * theta / 2) / (3 * np.sin(theta / 2)))
    np.testing.assert_allclose(convolution_modes(7, 3).rates[1:], line, atol=1e-12)
    plane = convolution_modes((7, 7), 3, chi=0.9)
    np.testing.assert_allclose(plane.rates[1:, 1:], np.outer(line, line), atol=1e-12)
    assert plane.depth_scales[0, 0] == pytest.approx(-1 / np.log(0.9))


def test_delta_orthogonal_weights_keep_every_mode():
    """All rates are one, so that no mode fades at chi = 1 (Xiao et al., 2018)."""
    modes = convolution_modes((5, 6), 3, weights="delta_orthogonal")
    assert (modes.rates == 1).all()
    assert np.isinf(modes.depth_scales).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convolution_profile("relu", HE, 0.0, 8, 3, 0), "depth is 0"),
        (lambda: convolution_profile("relu", -1.0, 0.0, 8, 3, 1), "sigma_w is -1.0"),
        (lambda: convolution_profile("relu", HE, 0.0, 8, 3, 1, stride=0), "stride is 0"),
        (lambda: convolution_profile("relu", HE, 0.0, 8, 3, 1, padding="zero"), "mean 'zeros'"),
        (
            lambda: convolution_profile("relu", HE, 0.0, 8, 3, 1, q=[1.0, 2.0]),
            "expected one number",
        ),
        (lambda: convolution_profile("relu", HE, 0.0, 8, 3, 1, q=-1.0), "no second moment"),
        (lambda: border_share((8, 8), (3, 3, 3)), "one kernel size, or one a dimension"),
        (lambda: border_share(0, 3), "size is 0"),
        (lambda: border_decay(8, 2.5), "kernel is 2.5: expected a whole number from 1"),
        (lambda: convolution_modes(8, 3, weights="dirac"), "unknown weights 'dirac'"),
        (lambda: convolution_modes(8, 3, chi=-1.0), "chi is -1.0"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    """The message says what was received and expected."""
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
