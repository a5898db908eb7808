"""A network of two inputs, two hidden units and one output, calculated line by line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from initscope.classroom.steps import NAME, ByHand, Line, Step
from initscope.errors import InputError, unknown
from initscope.initializers import Fans, Initializer, get
from initscope.streams import Stream
from initscope.theory import Activation
from initscope.theory import activation as named

_HIDDEN = (("w11", "w12"), ("w21", "w22"))
_HEAD = (("v1", "v2"),)
_PARAMETERS = ("w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c")

_SLOPES = {"tanh": "1 - a{unit}*a{unit}", "sigmoid": "a{unit} - a{unit}*a{unit}"}
"""Derivatives that are written in terms of the activation's value."""

MOST_STEPS = 10_000


def byhand(  # noqa: PLR0913 - what a worked example can vary
    initializer: str | Initializer = "constant(value=0.5)",
    activation: str = "relu",
    *,
    steps: int = 2,
    learning_rate: float = 0.1,
    loss: str = "squared",
    x: Sequence[float] = (1.0, 2.0),
    target: float = 1.0,
    seed: int = 0,
) -> ByHand:
    r"""Train a 2-2-1 network on one example, and return every number on the way.

    .. math:: z_i = w_{i1} x_1 + w_{i2} x_2 + b_i, \quad a_i = f(z_i), \quad
        o = v_1 a_1 + v_2 a_2 + c

    with the loss :math:`L = (o - t)^2`, or :math:`L = \log(1 + e^o) - t o`, and plain gradient
    descent, :math:`w \leftarrow w - \eta \, \partial L / \partial w`. Everything is float64; the
    derivative of ReLU at 0 is 0, as in PyTorch. Biases begin at zero.

    Args:
        initializer: of both layers' weights. Random weights are those that networks of
            :func:`initscope.compare` have from this seed.
        activation: of the hidden units, any of the theory's.
        steps: of gradient descent.
        learning_rate: of each step.
        loss: ``"squared"``, or ``"sigmoid"`` for the binary cross-entropy.
        x: the input.
        target: what is to come out; 0 or 1 for the cross-entropy.
        seed: of random weights.

    Raises:
        InputError: an argument cannot be used.

    >>> import initscope
    >>> first = initscope.byhand("constant(value=0.5)").steps[0]
    >>> print(first.forward[0].name, "=", first.forward[0].arithmetic())
    z1 = 0.5*1 + 0.5*2 + 0
    >>> first.value("z1"), first.value("o")
    (1.5, 1.5)
    >>> initscope.byhand("zeros", "tanh", steps=100).unmoved
    ('w11', 'w12', 'w21', 'w22', 'b1', 'b2', 'v1', 'v2')
    """
    f, chosen = named(activation), get(initializer)
    _require(steps, learning_rate, loss, x, target)
    constants = {"x1": float(x[0]), "x2": float(x[1]), "t": float(target), "lr": learning_rate}
    parameters, done = _drawn(chosen, seed), []
    for number in range(1, steps + 1):
        done.append(_step(number, parameters, constants, f, loss))
        parameters = done[-1].after
    pair = (constants["x1"], constants["x2"])
    return ByHand(str(chosen), f.name, loss, learning_rate, pair, float(target), seed, tuple(done))


def _require(
    steps: int, learning_rate: float, loss: str, x: Sequence[float], target: float
) -> None:
    if not 1 <= steps <= MOST_STEPS:
        raise InputError(f"steps {steps}: expected a whole number from 1 to {MOST_STEPS}")
    if not (math.isfinite(learning_rate) and learning_rate > 0):
        raise InputError(f"learning rate {learning_rate:g}: expected a number above 0, such as 0.1")
    if loss not in _LOSSES:
        raise unknown("loss", loss, _LOSSES)
    if len(x) != 2 or not all(map(math.isfinite, (*x, target))):
        given = ",".join(f"{value:g}" for value in x)
        raise InputError(
            f"input {given} with target {target:g}: expected two finite numbers such as 1,2, "
            "and a finite target"
        )
    if loss == "sigmoid" and target not in (0, 1):
        raise InputError(f"target {target:g}: the sigmoid loss needs 0 or 1; or use squared")


def _drawn(initializer: Initializer, seed: int) -> dict[str, float]:
    parameters = dict.fromkeys(_PARAMETERS, 0.0)
    for layer, names in (("hidden.0.weight", _HIDDEN), ("head.weight", _HEAD)):
        shape = (len(names), len(names[0]))
        values = _weight(initializer, shape, Stream(seed, layer))
        for row, numbers in zip(names, values, strict=True):
            parameters.update(zip(row, map(float, numbers), strict=True))
    return parameters


def _weight(initializer: Initializer, shape: tuple[int, int], stream: Stream) -> np.ndarray:
    """Draw a weight; a constant has all of float64's digits, as one would write it."""
    fans = Fans.of(shape)
    if initializer.is_elementwise and not initializer.std(fans):
        return np.full(shape, initializer.mean(fans))
    return initializer.sample(shape, fans, stream).double().numpy()


class _Sheet:
    """The paper: what is known so far, and lines that add to it."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self.known = dict(known)

    def line(self, name: str, formula: str, value: float | None = None) -> Line:
        """Write a line: a sum of products, or any formula whose value is given."""
        operands = {n: self.known[n] for n in NAME.findall(formula) if n in self.known}
        result = _sum_of_products(formula, operands) if value is None else value
        self.known[name] = result
        return Line(name, formula, operands, result)

    def lines(self, *formulas: tuple[str, str]) -> tuple[Line, ...]:
        return tuple(self.line(name, formula) for name, formula in formulas)


def _sum_of_products(formula: str, operands: Mapping[str, float]) -> float:
    total = 0.0
    for sign, term in re.findall(r"(^|[+-] )([^ ]+)", formula):
        factors = (operands[n] if n in operands else float(n) for n in term.split("*"))
        total += math.prod(factors) * (-1 if sign == "- " else 1)
    return total


def _step(
    number: int,
    parameters: Mapping[str, float],
    constants: Mapping[str, float],
    f: Activation,
    loss: str,
) -> Step:
    sheet = _Sheet({**parameters, **constants})
    return Step(
        number,
        dict(parameters),
        forward=_forward(sheet, f),
        loss=_LOSSES[loss](sheet),
        backward=_backward(sheet, f, _OUTPUT_SLOPES[loss]),
        update=_update(parameters, sheet),
    )


def _forward(sheet: _Sheet, f: Activation) -> tuple[Line, ...]:
    sums = sheet.lines(("z1", "w11*x1 + w12*x2 + b1"), ("z2", "w21*x1 + w22*x2 + b2"))
    values = tuple(
        sheet.line(f"a{unit}", f"{_name(f)}(z{unit})", _at(f, sheet.known[f"z{unit}"]))
        for unit in (1, 2)
    )
    return (*sums, *values, sheet.line("o", "v1*a1 + v2*a2 + c"))


def _squared(sheet: _Sheet) -> tuple[Line, ...]:
    return sheet.lines(("e", "o - t"), ("L", "e*e"))


def _sigmoid(sheet: _Sheet) -> tuple[Line, ...]:
    o = sheet.known["o"]
    return (
        sheet.line("p", "sigmoid(o)", _at(named("sigmoid"), o)),
        sheet.line("s", "log(1 + exp(o))", float(np.logaddexp(0.0, o))),
        sheet.line("L", "s - t*o"),
    )


_LOSSES: dict[str, Callable[[_Sheet], tuple[Line, ...]]] = {
    "squared": _squared,
    "sigmoid": _sigmoid,
}
_OUTPUT_SLOPES = {"squared": "2*e", "sigmoid": "p - t"}


def _backward(sheet: _Sheet, f: Activation, output_slope: str) -> tuple[Line, ...]:
    head = sheet.lines(
        ("dL/do", output_slope),
        ("dL/dv1", "dL/do*a1"),
        ("dL/dv2", "dL/do*a2"),
        ("dL/dc", "dL/do"),
    )
    return (*head, *(line for unit in (1, 2) for line in _unit_backward(sheet, f, unit)))


def _unit_backward(sheet: _Sheet, f: Activation, unit: int) -> tuple[Line, ...]:
    z = sheet.known[f"z{unit}"]
    formula = _SLOPES.get(f.name, _name(f) + "'(z{unit})").format(unit=unit)
    with np.errstate(all="ignore"):
        slope = float(f.derivative(np.array([z]))[0])
    return (
        *sheet.lines((f"dL/da{unit}", f"dL/do*v{unit}")),
        sheet.line(f"f'{unit}", formula, slope),
        *sheet.lines(
            (f"dL/dz{unit}", f"dL/da{unit}*f'{unit}"),
            (f"dL/dw{unit}1", f"dL/dz{unit}*x1"),
            (f"dL/dw{unit}2", f"dL/dz{unit}*x2"),
            (f"dL/db{unit}", f"dL/dz{unit}"),
        ),
    )


def _update(parameters: Mapping[str, float], sheet: _Sheet) -> tuple[Line, ...]:
    known = dict(sheet.known)
    return tuple(_Sheet(known).line(name, f"{name} - lr*dL/d{name}") for name in parameters)


def _at(f: Activation, z: float) -> float:
    with np.errstate(all="ignore"):
        return float(f(np.array([z]))[0])


def _name(f: Activation) -> str:
    """Return the activation's name as it is written in a formula, without its parameters."""
    return f.name.partition("(")[0].rpartition(":")[2].replace(".", "_")
