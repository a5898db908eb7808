"""Activations of the vectorized engine: the function and its derivative, into given buffers.

The derivatives are the kernels that autograd itself calls, so that the engine and the plain loop
compute the same thing. ``keeps`` says what a derivative is taken from: the activation's output,
which may then overwrite its input, or the input, which must be kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from initscope.errors import unknown

_aten = torch.ops.aten

_LEAKY_SLOPE = 0.01
_SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al., 2017, eq. 14
_SELU_SCALE = 1.0507009873554804934193349852946


@dataclass(frozen=True, slots=True)
class Activation:
    """One line of the table of activations.

    Args:
        name: what users type.
        plain: the function as people write it, for the plain loop.
        forward: ``forward(z, a)`` writes the activation of z into a.
        backward: ``backward(g, kept)`` multiplies g by the derivative, in place.
        keeps: what `backward` needs: the activation's ``"output"`` or its ``"input"``.
    """

    name: str
    plain: Callable[[Tensor], Tensor]
    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor], object]
    keeps: Literal["input", "output"]


def _elu_family(
    name: str, plain: Callable[[Tensor], Tensor], alpha: float, scale: float
) -> Activation:
    return Activation(
        name,
        plain,
        forward=lambda z, a: _aten.elu.out(z, alpha, scale, 1.0, out=a),
        backward=lambda g, a: _aten.elu_backward.grad_input(
            g, alpha, scale, 1.0, True, a, grad_input=g
        ),
        keeps="output",
    )


ACTIVATIONS: dict[str, Activation] = {
    row.name: row
    for row in (
        Activation(
            "relu",
            functional.relu,
            forward=lambda z, a: torch.clamp_min(z, 0.0, out=a),
            backward=lambda g, a: _aten.threshold_backward.grad_input(g, a, 0.0, grad_input=g),
            keeps="output",
        ),
        Activation(
            "leaky_relu",
            lambda z: functional.leaky_relu(z, _LEAKY_SLOPE),
            forward=lambda z, a: _aten.leaky_relu.out(z, _LEAKY_SLOPE, out=a),
            backward=lambda g, a: _aten.leaky_relu_backward.grad_input(
                g, a, _LEAKY_SLOPE, True, grad_input=g
            ),
            keeps="output",
        ),
        Activation(
            "tanh",
            torch.tanh,
            forward=lambda z, a: torch.tanh(z, out=a),
            backward=lambda g, a: _aten.tanh_backward.grad_input(g, a, grad_input=g),
            keeps="output",
        ),
        Activation(
            "sigmoid",
            torch.sigmoid,
            forward=lambda z, a: torch.sigmoid(z, out=a),
            backward=lambda g, a: _aten.sigmoid_backward.grad_input(g, a, grad_input=g),
            keeps="output",
        ),
        Activation(
            "gelu",
            functional.gelu,
            forward=lambda z, a: _aten.gelu.out(z, out=a),
            backward=lambda g, z: _aten.gelu_backward.grad_input(g, z, grad_input=g),
            keeps="input",
        ),
        Activation(
            "silu",
            functional.silu,
            forward=lambda z, a: _aten.silu.out(z, out=a),
            backward=lambda g, z: _aten.silu_backward.grad_input(g, z, grad_input=g),
            keeps="input",
        ),
        _elu_family("selu", functional.selu, _SELU_ALPHA, _SELU_SCALE),
        _elu_family("elu", functional.elu, 1.0, 1.0),
        Activation(
            "softplus",
            functional.softplus,
            forward=lambda z, a: _aten.softplus.out(z, 1.0, 20.0, out=a),
            backward=lambda g, z: _aten.softplus_backward.grad_input(g, z, 1.0, 20.0, grad_input=g),
            keeps="input",
        ),
        Activation(
            "identity",
            lambda z: z,
            forward=lambda _z, a: a,
            backward=lambda g, _a: g,
            keeps="output",
        ),
    )
}


def activation(name: str) -> Activation:
    """Return the row of an activation.

    Raises:
        InputError: the name is unknown.
    """
    if name not in ACTIVATIONS:
        raise unknown("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]
