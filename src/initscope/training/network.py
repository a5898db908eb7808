"""The shape of a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from torch import nn

from initscope.errors import InputError, unknown
from initscope.training.activations import ACTIVATIONS
from initscope.training.identity import plain
from initscope.training.perceptron import Perceptron


@dataclass(frozen=True, slots=True)
class MLP:
    r"""A multilayer perceptron: hidden layers of given widths with one activation, then a head.

    .. math:: h_0 = x, \quad h_l = f(W_l h_{l-1} + b_l), \quad y = W_{head} h_L + b_{head}

    Args:
        hidden: widths of the hidden layers.
        activation: a name from the table of activations.

    Raises:
        InputError: a width is not a whole number above zero, or the activation is unknown.

    >>> MLP.uniform(depth=3, width=8, activation="tanh")
    MLP(hidden=(8, 8, 8), activation='tanh')
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))
        if not self.hidden:
            raise InputError("no hidden layer: expected at least one width, such as 64")
        for width in self.hidden:
            if not isinstance(width, int) or width < 1:
                raise InputError(f"hidden width {width!r}: expected a whole number above 0")
        if self.activation not in ACTIVATIONS:
            raise unknown("activation", self.activation, ACTIVATIONS)

    @classmethod
    def uniform(cls, depth: int, width: int, activation: str = "relu") -> MLP:
        """Return a perceptron of `depth` hidden layers of equal width."""
        if depth < 1:
            raise InputError(f"depth {depth}: expected at least 1 hidden layer")
        return cls((width,) * depth, activation)

    def shapes(self, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Return every parameter's name and shape, in order, in PyTorch's layout."""
        widths = (inputs, *self.hidden, outputs)
        names = [*(f"hidden.{index}" for index in range(len(self.hidden))), "head"]
        shapes: dict[str, tuple[int, ...]] = {}
        for name, (fan_in, fan_out) in zip(names, pairwise(widths), strict=True):
            shapes[f"{name}.weight"] = (fan_out, fan_in)
            shapes[f"{name}.bias"] = (fan_out,)
        return shapes

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return the network as an ordinary module, its parameters not yet initialized."""
        return Perceptron((inputs, *self.hidden), outputs, ACTIVATIONS[self.activation].plain)

    @property
    def is_local(self) -> bool:
        """Whether it can be made in this process alone."""
        return False

    def row_shape(self, features: int) -> tuple[int, ...]:
        """Return the shape in which the network takes a row of features."""
        return (features,)

    def fitted(self, inputs: int, outputs: int) -> MLP:
        """Return the network for these data: a perceptron fits them all."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, from which the identity of a setting is made."""
        return {**plain(self), "hidden": list(self.hidden)}
