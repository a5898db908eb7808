"""Growth under normalization agrees with published figures and with random networks."""

from __future__ import annotations

import numpy as np
import pytest

from initscope.errors import InputError
from initscope.theory import (
    activation,
    batch_norm_correlation,
    batch_norm_growth,
    expectation,
    layer_norm_growth,
    rms_norm_growth,
)
from initscope.theory.batch_sphere import BatchSphere

WIDTH, DEPTH, WARM, NETWORKS = 500, 16, 5, 8


def _normalize(x, axis, is_centred=True):
    """Return x over its scale along an axis, and the function that takes gradients back."""
    centre = x.mean(axis, keepdims=True) if is_centred else 0.0
    scale = ((x - centre) ** 2).mean(axis, keepdims=True) ** 0.5
    y = (x - centre) / scale

    def back(gradient):
        mean = gradient.mean(axis, keepdims=True) if is_centred else 0.0
        return (gradient - mean - y * (gradient * y).mean(axis, keepdims=True)) / scale

    return y, back


def _simulated(f, batch, normalize, order="before", sigma_w=1.0):
    """Return the mean logarithm of the growth a layer, its standard error, and the last cosine."""
    generator = np.random.default_rng(0)
    logs, cosines = [], []
    for _ in range(NETWORKS):
        x, backs = generator.standard_normal((WIDTH, batch)), []
        for _ in range(DEPTH):
            w = sigma_w * generator.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5
            x, back = _layer(f, w, x, normalize, order)
            backs.append(back)
        gram = x.T @ x
        cosines.append((gram.sum() / np.trace(gram) - 1) / (batch - 1))
        gradient, sizes = generator.standard_normal((WIDTH, batch)), []
        for back in reversed(backs):
            gradient = back(gradient)
            sizes.append((gradient**2).sum())
        logs.append(np.log(sizes[-1 - WARM] / sizes[WARM - 1]) / (DEPTH - 2 * WARM))
    return np.mean(logs), np.std(logs, ddof=1) / NETWORKS**0.5, np.mean(cosines)


def _layer(f, w, x, normalize, order):
    z = w @ x
    if order == "before":
        y, through = normalize(z)
        return f(y), lambda gradient: w.T @ through(gradient * f.derivative(y))
    y, through = normalize(f(z))
    return y, lambda gradient: w.T @ (through(gradient) * f.derivative(z))


def test_an_infinite_batch_gives_the_published_growth():
    """ReLU has pi / (pi - 1), 1.467 (Yang et al., 2019); a linear network has one."""
    assert batch_norm_growth("relu") == pytest.approx(np.pi / (np.pi - 1), rel=1e-12)
    assert batch_norm_growth("identity") == pytest.approx(1, rel=1e-12)
    assert batch_norm_correlation("relu") == pytest.approx(1 / np.pi, rel=1e-12)


@pytest.mark.parametrize("batch", [4, 5, 6, 20, 1000])
def test_linear_networks_have_the_published_growth(batch):
    """For the identity the factor is (B - 2) / (B - 3) (Yang et al., 2019), to rounding."""
    exact = (batch - 2) / (batch - 3)
    assert batch_norm_growth("identity", batch) == pytest.approx(exact, rel=1e-9)
    assert batch_norm_correlation("identity", batch) == pytest.approx(-1 / (batch - 1), rel=1e-9)


@pytest.mark.parametrize("f", ["relu", "tanh", "gelu", "hardtanh", "leaky_relu(0.2)"])
def test_great_batches_approach_the_infinite_one(f):
    """Growth exceeds the limit by a share that falls as 1 / B, and the cosine tends to its own."""
    limit = batch_norm_growth(f)
    excess = [batch_norm_growth(f, batch) / limit - 1 for batch in (1000, 2000)]
    assert excess[0] / excess[1] == pytest.approx(2, rel=0.01)
    assert batch_norm_correlation(f, 10**6) == pytest.approx(batch_norm_correlation(f), abs=1e-5)


@pytest.mark.parametrize("f", ["relu", "hardtanh", "tanh"])
@pytest.mark.parametrize("batch", [4, 5, 9])
def test_spherical_means_are_those_of_normalized_batches(f, batch):
    """Quadrature agrees with 200,000 random batches within five standard errors."""
    function, count = activation(f), 200_000
    sphere = BatchSphere(function, batch)
    y, _ = _normalize(np.random.default_rng(0).standard_normal((count, batch)), 1)
    for g in (function, function.derivative, lambda y: y * function.derivative(y)):
        first, second = g(y[:, 0]), g(y[:, 0]) * g(y[:, 1])
        for sample, exact in ((first, sphere.mean(g)), (second, sphere.product_mean(g))):
            assert sample.mean() == pytest.approx(exact, abs=5 * sample.std() / count**0.5)


def test_four_points_are_uniform_on_a_sphere_of_three_dimensions():
    """For B = 4 a coordinate over sqrt(3) is uniform on [-1, 1], as Archimedes found."""
    sphere = BatchSphere(activation("relu"), 4)
    assert sphere.mean(np.abs) == pytest.approx(3**0.5 / 2, rel=1e-12)
    assert sphere.mean(lambda y: y**4) == pytest.approx(9 / 5, rel=1e-12)


@pytest.mark.parametrize(("f", "batch"), [("relu", 8), ("tanh", 5), ("gelu", 32)])
def test_deep_batch_normalized_networks_grow_as_predicted(f, batch):
    """Backpropagated gradients of 8 networks of width 500, in layers 6 to 11 of 16.

    Tolerance: four standard errors over networks, and 4 / n for the finite width.
    """
    found, error, cosine = _simulated(activation(f), batch, lambda x: _normalize(x, 1))
    assert found == pytest.approx(np.log(batch_norm_growth(f, batch)), abs=4 * error + 4 / WIDTH)
    # Cosines approach c* geometrically; what 16 layers leave is below 0.01.
    assert cosine == pytest.approx(batch_norm_correlation(f, batch), abs=0.015)


@pytest.mark.parametrize(
    ("f", "order", "is_centred"),
    [
        ("tanh", "before", True),
        ("relu", "after", True),
        ("gelu", "before", False),
        ("tanh", "after", False),
    ],
)
def test_deep_layer_normalized_networks_grow_as_predicted(f, order, is_centred):
    """As above with 4 examples, normalized over features, centred (layer) or not (RMS)."""
    growth = layer_norm_growth if is_centred else rms_norm_growth
    found, error, _ = _simulated(
        activation(f), 4, lambda x: _normalize(x, 0, is_centred), order, sigma_w=1.5
    )
    exact = np.log(growth(f, order, sigma_w=1.5))
    assert found == pytest.approx(exact, abs=4 * error + 4 / WIDTH)


def test_layer_norm_keeps_gradients_of_scale_free_functions():
    """For f(ax) = a f(x), E[f'^2] = E[f^2] at unit variance; and centring costs what BN does."""
    assert layer_norm_growth("leaky_relu(0.3)") == pytest.approx(1, rel=1e-12)
    assert rms_norm_growth("relu", "after", sigma_w=3.0) == pytest.approx(1, rel=1e-12)
    assert layer_norm_growth("relu", "after") == pytest.approx(np.pi / (np.pi - 1), rel=1e-12)
    tanh = (
        expectation(lambda x: 1 / np.cosh(x) ** 4).value
        / expectation(lambda x: np.tanh(x) ** 2).value
    )
    assert layer_norm_growth("tanh") == pytest.approx(tanh, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batch_norm_growth("relu", 3), "batch is 3: expected a whole number from 4"),
        (lambda: batch_norm_growth("relu", 8.0), "batch is 8.0: expected a whole number"),
        (lambda: batch_norm_correlation("relu", 0), "batch is 0"),
        (lambda: batch_norm_growth("rleu"), "did you mean 'relu'"),
        (lambda: batch_norm_growth(lambda x: 0 * x + 1), "constant almost everywhere"),
        (lambda: batch_norm_growth(lambda x: 0 * x + 1, 8), "constant almost everywhere"),
        (lambda: layer_norm_growth("relu", "behind"), "unknown order 'behind'"),
        (lambda: rms_norm_growth("relu", sigma_w=-1.0), "sigma_w is -1.0"),
        (lambda: rms_norm_growth(lambda x: 0 * x), "constant almost everywhere"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    """The message says what was received and expected."""
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
