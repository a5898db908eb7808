"""Activations: named ones against PyTorch, unknown ones resolved, bad ones refused."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional

from initscope import InputError
from initscope.theory import activation
from initscope.theory.activations import ALIASES, NAMES, ROWS

POINTS = np.linspace(-6, 6, 241) + 1e-3

PEERS = {
    "identity": lambda x: x,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "prelu": partial(functional.leaky_relu, negative_slope=0.25),
    "elu": functional.elu,
    "selu": functional.selu,
    "celu": functional.celu,
    "gelu": functional.gelu,
    "gelu_tanh": partial(functional.gelu, approximate="tanh"),
    "silu": functional.silu,
    "mish": functional.mish,
    "hardswish": functional.hardswish,
    "hardtanh": functional.hardtanh,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "sin": torch.sin,
    "erf": torch.erf,
    "relu_squared": lambda x: functional.relu(x) ** 2,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_named_activations_are_pytorchs(row):
    """Function and derivative agree with PyTorch's function and its autograd, in float64."""
    x = torch.from_numpy(POINTS).requires_grad_()
    y = PEERS[row.name](x)
    y.sum().backward()
    f = activation(row.name)
    np.testing.assert_allclose(f(POINTS), y.detach().numpy(), rtol=1e-8, atol=1e-14)
    # PyTorch's softplus is linear above 20, its tanh GELU keeps eight digits of sqrt(2 / pi).
    np.testing.assert_allclose(f.derivative(POINTS), x.grad.numpy(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_flat_ends_are_the_limits(row):
    """Where a row has a flat value, the function is there far out, and elsewhere it still grows."""
    f = activation(row.name)
    far = f(np.array([-1e6, 1e6]))
    for value, declared in zip(far, (f.lower, f.upper), strict=True):
        if declared is None:
            assert abs(value) > 1e3 or row.name == "sin"
        else:
            assert abs(value - declared) < 1e-5


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_rows_are_complete(row):
    """Every row has a citation with a year, and declares every point that is not smooth."""
    assert any(part.strip("()")[:4].isdigit() for part in row.citation.replace(",", " ").split())
    found = activation(row.name).panels(10.0)
    assert set(np.round(found.breaks, 6)) == set(row.breaks)


def test_aliases_are_the_same_row():
    """An alias names the very same activation."""
    for alias, name in ALIASES.items():
        assert activation(alias) is activation(alias)
        assert NAMES[alias] is NAMES[name]


@pytest.mark.parametrize(
    ("f", "derivative"),
    [
        (lambda x: x**3 - x, lambda x: 3 * x**2 - 1),
        (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
        (lambda x: np.abs(x - 0.3), lambda x: np.sign(x - 0.3)),
        (lambda x: np.where(x > 1 / 3, 2.0, np.sin(x)), lambda x: np.cos(x) * (x < 1 / 3)),
    ],
)
def test_unknown_functions_are_differentiated(f, derivative):
    """The derivative of a function that is not named comes from its panels, kinks and all."""
    np.testing.assert_allclose(
        activation(f).derivative(POINTS), derivative(POINTS), rtol=1e-7, atol=1e-9
    )


@pytest.mark.parametrize(
    "f",
    [
        functional.silu,
        torch.nn.SiLU(),
        lambda x: x / (1 + np.exp(-x)),
        lambda x: x * (1 / (1 + 2.718281828459045 ** -float(x))),
    ],
    ids=["torch function", "torch module", "NumPy", "one number"],
)
def test_any_kind_of_callable(f):
    """Torch functions and modules, NumPy functions and functions of one number are all taken."""
    np.testing.assert_allclose(activation(f)(POINTS), activation("silu")(POINTS), rtol=1e-12)


def test_a_module_in_float32_is_taken():
    """A torch module with parameters is called in its own precision."""
    module = torch.nn.PReLU(init=0.1)
    expected = activation("prelu(a=0.1)")(POINTS)
    np.testing.assert_allclose(activation(module)(POINTS), expected, rtol=1e-6)


def _noisy(x):
    return x + np.random.default_rng().normal(size=np.shape(x))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        ("rleu", "did you mean 'relu'"),
        ("relu(2)", "relu takes no arguments, received 1 values"),
        ("elu(alpha=-1)", "alpha is -1, expected a number above 0"),
        ("leaky_relu(slope=1)", "unknown argument of leaky_relu 'slope': expected one of a"),
        (3, "received 3: expected the name of an activation, or a function"),
        (lambda x, y: x + y, "takes 2 arguments (x, y): expected a function of one variable"),
        (lambda x: x.mean(), "returned shape () for 5 numbers"),
        (lambda x: x - x.mean(), "mixes its inputs"),
        (lambda x: np.where(x > 2, np.nan, x), "is nan at 3.3: expected finite values"),
        (_noisy, "gave different values in two calls: expected no randomness"),
        (lambda x: x.undefined, "expected a function of one number, or of an array of them"),
    ],
)
def test_bad_activations_get_one_line(f, message):
    """What cannot be an activation is refused with what was received and what is expected."""
    with pytest.raises(InputError) as caught:
        activation(f)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_theory_needs_no_torch():
    """Importing and using the theory loads neither torch nor scipy.stats."""
    code = (
        "import sys, initscope.theory as t; t.gain('gelu'); t.critical_point('tanh');"
        "t.MeanField('tanh', 1.5, 0.1).c_star; print('torch' in sys.modules, "
        "'scipy.stats' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
