"""The 2-2-1 network: every number against autograd, every formula against its value."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from initscope import InputError, byhand
from initscope.theory.activations import ROWS

_FUNCTIONS = {
    "identity": lambda z: z,
    "relu": torch.relu,
    "leaky_relu": lambda z: functional.leaky_relu(z, 0.01),
    "prelu": lambda z: functional.prelu(z, torch.tensor(0.25, dtype=z.dtype)),
    "elu": functional.elu,
    "selu": functional.selu,
    "celu": functional.celu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda z: functional.gelu(z, approximate="tanh"),
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
    "relu_squared": lambda z: torch.relu(z) ** 2,
}


def _by_autograd(before, activation, loss, x, target):
    """Return output, loss and the gradient of every parameter, in float64."""
    values = {
        name: torch.tensor(number, dtype=torch.float64, requires_grad=True)
        for name, number in before.items()
    }
    z = [values[f"w{i}1"] * x[0] + values[f"w{i}2"] * x[1] + values[f"b{i}"] for i in (1, 2)]
    a = [_FUNCTIONS[activation](value) for value in z]
    out = values["v1"] * a[0] + values["v2"] * a[1] + values["c"]
    goal = torch.tensor(target, dtype=torch.float64)
    if loss == "sigmoid":
        total = functional.binary_cross_entropy_with_logits(out, goal)
    else:
        total = (out - goal) ** 2
    gradients = torch.autograd.grad(total, list(values.values()))
    return out.item(), total.item(), dict(zip(values, map(float, gradients), strict=True))


@pytest.mark.parametrize("loss", ["squared", "sigmoid"])
@pytest.mark.parametrize("activation", [row.name for row in ROWS])
@pytest.mark.parametrize("initializer", ["he_normal", "constant(value=-0.3)", "zeros"])
def test_every_step_is_what_autograd_finds(initializer, activation, loss):
    """Output, loss, gradients and updates agree to float64's rounding, for every activation.

    A handful of operations on numbers of order one: 1e-12 is thousands of roundings.
    """
    x, target = (0.7, -1.2), 1.0
    found = byhand(initializer, activation, loss=loss, x=x, target=target, steps=3, seed=2)
    for step in found.steps:
        out, total, gradients = _by_autograd(step.before, activation, loss, x, target)
        assert step.value("o") == pytest.approx(out, rel=1e-12, abs=1e-12)
        assert step.value("L") == pytest.approx(total, rel=1e-12, abs=1e-12)
        for name, gradient in gradients.items():
            assert step.value(f"dL/d{name}") == pytest.approx(gradient, rel=1e-11, abs=1e-12)
            moved = step.before[name] - 0.1 * gradient
            assert step.after[name] == pytest.approx(moved, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("loss", ["squared", "sigmoid"])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_the_arithmetic_that_is_shown_gives_the_value(activation, loss):
    """Python reads each line with its numbers as a reader would, and finds its value."""

    def logistic(z):
        return 1 / (1 + math.exp(-z))

    functions = {
        "log": math.log,
        "exp": math.exp,
        "tanh": math.tanh,
        "sigmoid": logistic,
        "relu": lambda z: max(z, 0.0),
        "slope": lambda z: float(z > 0),
    }
    for step in byhand("he_normal", activation, loss=loss, seed=1).steps:
        for line in (*step.forward, *step.loss, *step.backward, *step.update):
            text = line.arithmetic(17).replace("relu'", "slope")
            assert eval(text, {}, functions) == pytest.approx(line.value, rel=1e-12)  # noqa: S307


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_from_zeros_only_the_output_bias_learns(activation):
    """The head is zero, so that nothing comes back; the units are zero, so that it stays so."""
    found = byhand("zeros", activation, steps=50)
    assert found.unmoved == ("w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2")
    assert found.steps[-1].after["c"] != 0
    assert found.losses[-1] < found.losses[0]


def test_from_zeros_under_sigmoid_units_learn_the_same():
    """sigmoid(0) = 1/2 moves the head in the first step, the units from the second, as one."""
    found = byhand("zeros", "sigmoid", steps=5)
    first, second = found.steps[:2]
    assert (first.value("dL/dv1"), first.value("dL/dw11")) == (-1.0, 0.0)
    assert second.value("dL/dw11") != 0
    assert found.unmoved == ()
    assert found.is_one_unit


def test_random_weights_are_two_units():
    """They are those of the streams that networks of a comparison are drawn from."""
    from initscope import Fans, get
    from initscope.streams import Stream

    found = byhand("glorot_uniform", "tanh", seed=3)
    assert not found.is_one_unit
    drawn = get("glorot_uniform").sample((2, 2), Fans(2, 2), Stream(3, "hidden.0.weight"))
    assert [found.steps[0].before[name] for name in ("w11", "w12", "w21", "w22")] == [
        float(value) for value in drawn.flatten()
    ]


def test_a_constant_has_the_digits_that_were_typed():
    """It is not rounded to float32."""
    assert byhand("constant(value=0.1)").steps[0].before["w11"] == 0.1


def test_the_result_is_plain_data():
    """Lists, dictionaries, numbers and text, with what came of it."""
    import json

    plain = json.loads(json.dumps(byhand("zeros", "sigmoid").to_dict()))
    assert plain["losses"][0] == 1.0
    assert plain["steps"][0]["forward"][0] == {
        "name": "z1",
        "formula": "w11*x1 + w12*x2 + b1",
        "operands": {"w11": 0.0, "x1": 1.0, "w12": 0.0, "x2": 2.0, "b1": 0.0},
        "value": 0.0,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"initializer": "he_norml"}, "did you mean 'he_normal'"),
        ({"activation": "rleu"}, "did you mean 'relu'"),
        ({"steps": 0}, "steps 0: expected a whole number from 1"),
        ({"learning_rate": -1.0}, "learning rate -1: expected a number above 0"),
        ({"loss": "sigmod"}, "unknown loss 'sigmod': did you mean 'sigmoid'"),
        ({"x": (1.0,)}, "input 1 with target 1: expected two finite numbers"),
        ({"target": math.inf}, "expected two finite numbers"),
        ({"target": 2.0, "loss": "sigmoid"}, "target 2: the sigmoid loss needs 0 or 1"),
        ({"initializer": "dirac"}, "dirac: fills convolutions"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    """The message says what was expected."""
    with pytest.raises(InputError, match=message):
        byhand(**arguments)
