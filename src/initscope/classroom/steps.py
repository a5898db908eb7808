"""A calculation on paper: its lines, the steps of training that they make up, and the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

NAME = re.compile(r"[A-Za-z][\w/']*")
"""A quantity in a formula, such as w11 or dL/dw11."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the calculation.

    Attributes:
        name: what is calculated.
        formula: from what, by name.
        operands: the numbers that the names stand for.
        value: the result, in float64.
    """

    name: str
    formula: str
    operands: Mapping[str, float]
    value: float

    def arithmetic(self, digits: int = 4) -> str:
        """Return the formula with numbers in the place of names, rounded to significant digits.

        >>> Line("z1", "w11*x1 + b1", {"w11": -0.5, "x1": 2.0, "b1": -1.0}, -2.0).arithmetic()
        '-0.5*2 + (-1)'
        """

        def number(found: re.Match[str]) -> str:
            if found.group() not in self.operands:
                return found.group()
            text = f"{self.operands[found.group()]:.{digits}g}"
            alone = found.start() == 0 or self.formula[found.start() - 1] == "("
            return text if alone or not text.startswith("-") else f"({text})"

        return NAME.sub(number, self.formula)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of gradient descent.

    Attributes:
        number: counted from 1.
        before: the parameters at its beginning.
        forward: from the input to the output.
        loss: from the output to the loss.
        backward: the derivatives of the loss, from the output to the first weights.
        update: the parameters at its end.
    """

    number: int
    before: Mapping[str, float]
    forward: tuple[Line, ...]
    loss: tuple[Line, ...]
    backward: tuple[Line, ...]
    update: tuple[Line, ...]

    @property
    def after(self) -> dict[str, float]:
        """The parameters at its end."""
        return {line.name: line.value for line in self.update}

    def value(self, name: str) -> float:
        """Return a number of the step by its name, such as ``"z1"``; parameters are those before.

        Raises:
            KeyError: there is no such number.
        """
        lines = (*self.forward, *self.loss, *self.backward)
        return {**self.before, **{line.name: line.value for line in lines}}[name]


@dataclass(frozen=True, slots=True)
class ByHand:
    """The 2-2-1 network, trained by hand.

    Attributes:
        initializer: of both layers' weights; biases begin at zero.
        activation: of the two hidden units.
        loss: its name.
        learning_rate: of gradient descent.
        x: the one example's input.
        target: what is to come out.
        seed: of the weights, where they are random.
        steps: every number of every step.
    """

    initializer: str
    activation: str
    loss: str
    learning_rate: float
    x: tuple[float, float]
    target: float
    seed: int
    steps: tuple[Step, ...]

    @property
    def losses(self) -> tuple[float, ...]:
        """The loss at the beginning of each step."""
        return tuple(step.loss[-1].value for step in self.steps)

    @property
    def unmoved(self) -> tuple[str, ...]:
        """Names of the parameters that are, after every step, what they were before the first."""
        first = self.steps[0].before
        return tuple(
            name for name in first if all(step.after[name] == first[name] for step in self.steps)
        )

    @property
    def is_one_unit(self) -> bool:
        """Whether both hidden units have equal weights before and after every step."""
        pairs = (("w11", "w21"), ("w12", "w22"), ("b1", "b2"), ("v1", "v2"))
        states = (self.steps[0].before, *(step.after for step in self.steps))
        return all(state[one] == state[other] for state in states for one, other in pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            **asdict(self),
            "losses": list(self.losses),
            "unmoved": list(self.unmoved),
            "is_one_unit": self.is_one_unit,
        }
