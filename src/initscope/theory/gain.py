"""Gains: the factor on 1 / sqrt(fan) at which an activation neither amplifies nor attenuates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from initscope.errors import InputError, unknown
from initscope.theory.activation import Activation, activation
from initscope.theory.moments import moments
from initscope.theory.ranges import require_variance

Convention = Literal["forward", "backward", "pytorch"]


def gain(
    f: str | Activation | Callable[..., Any], convention: Convention = "forward", q: float = 1.0
) -> float:
    r"""Return the gain g of an activation, for weights of standard deviation :math:`g / \sqrt n`.

    With x normal of variance q,

    .. math::
        g_{forward} = \sqrt{q / E[f(x)^2]}, \qquad g_{backward} = 1 / \sqrt{E[f'(x)^2]}

    The first keeps the second moment of the preactivations where it is, at q (n the fan-in); the
    second keeps that of the gradient (n the fan-out). He's gain of ReLU, sqrt(2), is both. The
    third, "pytorch", is what ``torch.nn.init.calculate_gain`` returns, for comparison: its numbers
    are of several kinds (see :func:`gains`).

    Args:
        f: an activation by name, or any function of one variable (NumPy, torch or plain Python).
        convention: "forward", "backward" or "pytorch".
        q: second moment of the preactivation at which the gain is taken.

    Raises:
        InputError: the activation or the convention is unknown, the gain does not exist, or
            PyTorch has none.

    >>> round(gain("relu"), 4), round(gain("tanh"), 4), round(gain("tanh", "pytorch"), 4)
    (1.4142, 1.5925, 1.6667)
    """
    if convention not in get_args(Convention):
        raise unknown("convention", str(convention), get_args(Convention))
    function = activation(f)
    if convention == "pytorch":
        return _pytorch(function)
    _require_positive(q)
    found = moments(function, q)
    power = found.second / q if convention == "forward" else found.slope_second
    if power == 0:
        what = "zero" if convention == "forward" else "flat"
        raise InputError(
            f"{function.name} is {what} almost everywhere: it has no {convention} gain"
        )
    return float(power**-0.5)


@dataclass(frozen=True, slots=True)
class Gains:
    """The gains of one activation, side by side.

    Attributes:
        activation: its name.
        q: second moment of the preactivation.
        forward: keeps the second moment of the signal; None where it does not exist.
        backward: keeps the second moment of the gradient; None where it does not exist.
        pytorch: what PyTorch's table says; None where it says nothing.
        growth: factor by which the forward gain multiplies the gradient's second moment a layer.
        note: where PyTorch's number comes from, and what follows from using it.
    """

    activation: str
    q: float
    forward: float | None
    backward: float | None
    pytorch: float | None
    growth: float | None
    note: str


def gains(f: str | Activation | Callable[..., Any], q: float = 1.0) -> Gains:
    """Return every convention's gain, and how they differ.

    Raises:
        InputError: the activation cannot be used, or q is not a finite number above 0.

    >>> found = gains("tanh")
    >>> round(found.pytorch**2 / found.forward**2, 3)  # growth of q = 1 in one layer
    1.095
    """
    function = activation(f)
    _require_positive(q)
    found = moments(function, q)
    forward = gain(function, "forward", q) if found.second else None
    backward = gain(function, "backward", q) if found.slope_second else None
    pytorch = _PYTORCH[_base(function)](function) if _base(function) in _PYTORCH else None
    growth = None if forward is None else forward**2 * found.slope_second
    return Gains(function.name, q, forward, backward, pytorch, growth, _note(function, pytorch))


def _require_positive(q: float) -> None:
    require_variance(q)
    if q == 0:
        raise InputError("second moment 0: a gain is taken at a number above 0, such as 1")


def _pytorch(f: Activation) -> float:
    if _base(f) not in _PYTORCH:
        raise InputError(
            f"PyTorch's table has no gain for {f.name}: expected one of {', '.join(_PYTORCH)}; "
            'the conventions "forward" and "backward" have one for any activation'
        )
    return _PYTORCH[_base(f)](f)


def _base(f: Activation) -> str:
    return f.name.partition("(")[0] if f.is_named else ""


# torch.nn.init.calculate_gain, by the names of this table.
_PYTORCH: dict[str, Callable[[Activation], float]] = {
    "identity": lambda _: 1.0,
    "sigmoid": lambda _: 1.0,
    "tanh": lambda _: 5 / 3,
    "relu": lambda _: 2**0.5,
    "leaky_relu": lambda f: (2 / (1 + f.parameters["a"] ** 2)) ** 0.5,
    "selu": lambda _: 3 / 4,
}

_NOTES = {
    "tanh": (
        "5/3 is the scale of LeCun's scaled tanh, 1.7159 tanh(2x/3), rounded (LeCun et al., 1998); "
        "it keeps neither second moment of tanh at 1, but settles where the signal is larger"
    ),
    "sigmoid": (
        "1 is a placeholder: with it the signal is carried by the mean 1/2, and the gradient's "
        "second moment falls by a factor of at least sixteen a layer"
    ),
    "selu": (
        "3/4 was chosen by hand to calm the gradient; the fixed point of the paper needs 1 "
        "(Klambauer et al., 2017)"
    ),
    "relu": "PyTorch's number is both gains: ReLU halves either second moment (He et al., 2015)",
    "identity": "PyTorch's number is both gains",
    "leaky_relu": "PyTorch's number is both gains (He et al., 2015)",
}


def _note(f: Activation, pytorch: float | None) -> str:
    if pytorch is None:
        return "PyTorch's table has no gain for this activation"
    return _NOTES[_base(f)]
