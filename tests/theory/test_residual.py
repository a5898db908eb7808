"""Growth along residual streams agrees with closed forms and with random networks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from initscope.errors import InputError
from initscope.theory import activation, expectation, residual_growth, stable_branch_scale

HE = 2**0.5


def _normalize(x, axis):
    centre, scale = x.mean(axis, keepdims=True), x.std(axis, keepdims=True)
    y = (x - centre) / scale

    def back(gradient):
        along = y * (gradient * y).mean(axis, keepdims=True)
        return (gradient - gradient.mean(axis, keepdims=True) - along) / scale

    return y, back


def _branch(f, generator, settings, x):
    """Return a random branch's output, and the function that takes gradients back through it."""
    width, backs, out = len(x), [], x
    axis = {"batch": 1, "layer": 0, None: None}[settings["normalization"]]
    for _ in range(settings["branch_layers"]):
        y, back = (out, lambda g: g) if axis is None else _normalize(out, axis)
        w = settings["sigma_w"] * generator.standard_normal((width, width)) / width**0.5
        bias = settings["sigma_b"] * generator.standard_normal((width, 1))
        out = w @ f(y) + bias
        backs.append(lambda g, w=w, y=y, back=back: back(f.derivative(y) * (w.T @ g)))
    return out, lambda g: _chain(reversed(backs), g)


def _chain(functions, value):
    for function in functions:
        value = function(value)
    return value


def _simulated(f, alpha, settings, batch, depth=8):
    """Return the growth of signal and gradient, a row for each of 10 random networks."""
    generator, width = np.random.default_rng(0), 300
    rows = []
    for _ in range(10):
        x, backs = generator.standard_normal((width, batch)), []
        for _ in range(depth):
            out, back = _branch(f, generator, settings, x)
            x = x + alpha * out
            backs.append(back)
        gradient = generator.standard_normal((width, batch))
        size = (gradient**2).mean()
        for back in reversed(backs):
            gradient = gradient + alpha * back(gradient)
        rows.append(((x**2).mean(), (gradient**2).mean() / size))
    return np.array(rows)


@pytest.mark.parametrize(
    ("f", "alpha", "branch_layers", "normalization", "sigma_b"),
    [
        ("relu", 0.5, 1, None, 0.0),
        ("tanh", 0.7, 2, None, 0.3),
        ("relu", 1.0, 1, "layer", 0.3),
        ("tanh", 0.7, 2, "layer", 0.3),
        ("relu", 1.0, 2, "batch", 0.3),
    ],
)
def test_random_residual_networks_grow_as_predicted(
    f, alpha, branch_layers, normalization, sigma_b
):
    """Signal and gradient of 10 networks of width 300 and 8 blocks.

    Tolerance: four standard errors over networks; 2 / n a block for the finite width; and under
    batch normalization 3 / B of what the branches add, as a batch's mean inverse variance is
    B / (B - 3) of the true one.
    """
    settings = {
        "sigma_w": 1.3,
        "sigma_b": sigma_b,
        "branch_layers": branch_layers,
        "normalization": normalization,
    }
    found = residual_growth(activation(f), depth=8, branch_scale=alpha, **settings)
    batch = 128 if normalization == "batch" else 4
    rows = _simulated(activation(f), alpha, settings, batch)
    exact = np.array([found.signal_growth, found.gradient_growth])
    finite = 2 * 8 / 300 + (3 * np.log(exact) / batch if normalization == "batch" else 0)
    error = rows.std(axis=0, ddof=1) / len(rows) ** 0.5
    assert (np.abs(rows.mean(axis=0) - exact) <= 4 * error + finite * exact).all()


@pytest.mark.parametrize("branch_layers", [1, 2])
def test_scale_free_blocks_multiply(branch_layers):
    """ReLU: (1 + alpha^2 kappa)^L for signal and gradient, kappa = (sigma_w^2 / 2)^k."""
    found = residual_growth(
        "relu", 1.2, depth=50, branch_scale=0.6, branch_layers=branch_layers, q=3.0
    )
    exact = (1 + 0.36 * 0.72**branch_layers) ** 50
    assert found.signal_growth == pytest.approx(exact, rel=1e-9)
    assert found.gradient_growth == pytest.approx(exact, rel=1e-9)
    assert len(found.signal) == len(found.gradient) == 51
    assert (found.signal[0], found.gradient[-1]) == (3.0, 1.0)


def test_normalized_branches_add():
    """ReLU with layer normalization: signal 1 + l, gradient the product of 1 + 1 / (1 + l)."""
    found = residual_growth("relu", HE, depth=30, normalization="layer")
    np.testing.assert_allclose(found.signal, 1 + np.arange(31), rtol=1e-12)
    assert found.gradient_growth == pytest.approx(31, rel=1e-12)  # the product telescopes


def test_batch_normalization_turns_explosion_into_a_power_of_depth():
    """The exponent is E[f'^2] / Var f, pi / (pi - 1) for ReLU (Yang et al., 2019)."""
    growth = [
        residual_growth("relu", HE, depth=depth, normalization="batch").gradient_growth
        for depth in (1000, 2000)
    ]
    exponent = math.log(growth[1] / growth[0]) / math.log(2)
    assert exponent == pytest.approx(math.pi / (math.pi - 1), abs=0.002)  # falls as 1 / depth


def test_tanh_streams_grow_linearly_and_gradients_with_them_slowly():
    """For great q E[tanh^2] tends to 1, so that the signal grows by alpha^2 sigma_w^2 a block."""
    found = residual_growth("tanh", 1.0, depth=2000)
    assert found.signal[2000] - found.signal[1999] == pytest.approx(1, abs=0.05)
    step = expectation(lambda x: np.tanh(x) ** 2, q=1.0).value
    assert found.signal[1] == pytest.approx(1 + step, rel=1e-6)


def test_explosions_end_at_infinity():
    """2^3000 is no float: the growth is infinite, and no error."""
    assert residual_growth("relu", HE, depth=3000).signal_growth == float("inf")
    assert residual_growth("gelu", HE, depth=3000).gradient_growth == float("inf")


@pytest.mark.parametrize("depth", [1, 10, 1000])
def test_the_stable_scale_of_relu_is_its_closed_form(depth):
    """alpha^2 = e^(1/L) - 1, near 1 / L; and the growth is then e."""
    scale = stable_branch_scale(depth)
    assert scale == pytest.approx(math.sqrt(math.expm1(1 / depth)), rel=1e-12)
    found = residual_growth("relu", HE, depth=depth, branch_scale=scale)
    assert found.gradient_growth == pytest.approx(math.e, rel=1e-9)


@pytest.mark.parametrize(
    ("f", "sigma_b", "branch_layers", "normalization"),
    [
        ("tanh", 0.0, 1, None),
        ("gelu", 0.2, 2, None),
        ("relu", 0.1, 2, "layer"),
        ("tanh", 0.0, 2, "batch"),
    ],
)
def test_stable_scales_meet_their_growth(f, sigma_b, branch_layers, normalization):
    """The larger of the two growths is the one asked for."""
    settings = {"branch_layers": branch_layers, "normalization": normalization}
    scale = stable_branch_scale(20, f, 1.3, sigma_b, growth=4.0, **settings)
    found = residual_growth(f, 1.3, sigma_b, depth=20, branch_scale=scale, **settings)
    largest = max(found.signal_growth, found.gradient_growth)
    assert largest == pytest.approx(4.0, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: residual_growth("relu", HE, depth=0), "depth is 0: expected a whole number"),
        (lambda: residual_growth("relu", -1.0, depth=3), "sigma_w is -1.0"),
        (lambda: residual_growth("relu", 1.0, depth=3, branch_scale=-0.1), "branch_scale is -0.1"),
        (lambda: residual_growth("relu", 1.0, depth=3, branch_layers=3), "expected 1 or 2"),
        (lambda: residual_growth("relu", 1.0, depth=3, normalization="bach"), "mean 'batch'"),
        (lambda: residual_growth("relu", 1.0, depth=3, q=0.0), "expected a finite number above 0"),
        (
            lambda: residual_growth(
                lambda x: 0 * x + 1, 1.0, depth=3, branch_layers=2, normalization="batch"
            ),
            "is constant",
        ),
        (lambda: stable_branch_scale(10, growth=1.0), "growth is 1.0"),
        (lambda: stable_branch_scale(10, sigma_w=0.0), "the branch is zero"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    """The message says what was received and expected."""
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_branches_that_end_in_a_relu_need_one_over_the_depth():
    """At 1 / sqrt(L) the stream grows by e where branches end in their weight, far more in a ReLU.

    relu(W x) at He's scale has second moment q and mean sqrt(q / pi), in every block of the same
    sign, so that the mean m of the stream grows and q with it. A network's growth has a log that
    spreads by up to sqrt(5 L s^2 / 128) = 0.2; three standard errors of ten networks are left.
    """
    depth = 30
    root = stable_branch_scale(depth)
    weight_last = _grown(root, depth, lambda weight, x: np.maximum(x, 0) @ weight)
    assert weight_last == pytest.approx(math.e, rel=0.2)
    for scale in (root, 1 / depth):
        relu_last = _grown(scale, depth, lambda weight, x: np.maximum(x @ weight, 0))
        assert relu_last == pytest.approx(_of_means(scale, depth), rel=0.2)
    assert _of_means(root, depth) > 100
    assert _of_means(1 / depth, depth) < 2


def _of_means(scale, depth):
    q, mean = 1.0, 0.0
    for _ in range(depth):
        pushed = math.sqrt(q / math.pi)
        q, mean = q * (1 + scale**2) + 2 * scale * mean * pushed, mean + scale * pushed
    return q


def _grown(scale, depth, branch, width=128):
    """Return the growth of a stream from normal inputs, by geometric mean."""
    growths = []
    for seed in range(10):
        generator = np.random.default_rng(seed)

        def draw(generator=generator):
            return generator.normal(size=(width, width)) * (2 / width) ** 0.5

        start = x = generator.normal(size=(32, width))
        for _ in range(depth):
            x = x + scale * branch(draw(), x)
        growths.append(math.log((x**2).mean() / (start**2).mean()))
    return math.exp(np.mean(growths))
