"""Parts of a stack of networks: forward and backward passes over all members at once.

A part writes into working memory of its own, which the next pass over as many examples reuses. It
may overwrite what it is given, both values and gradients: whoever needs them later keeps a copy,
or is a :class:`Linear`, whose outputs nobody needs twice and whose inputs nobody overwrites.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from initscope.training.activations import Activation
from initscope.training.products import Library, library_for
from initscope.training.stack import Stack, product_


class Part(ABC):
    """A function of values (members, examples, width), with its derivative."""

    @abstractmethod
    def forward(self, x: Tensor, step: int | None) -> Tensor:
        """Return the part's output; `step` counts those of training, None is evaluation."""

    @abstractmethod
    def backward(self, gradient: Tensor) -> Tensor:
        """Write the gradients of the part's parameters, and return that of its latest input.

        Args:
            gradient: of the latest output, which a pass of training made.
        """


class Memory:
    """Working memory (members, examples, width), kept for each number of examples."""

    def __init__(self, members: int, width: int) -> None:
        self._members, self._width = members, width
        self._kept: dict[int, Tensor] = {}

    def of(self, examples: int) -> Tensor:
        """Return the memory for a number of examples, with whatever it holds."""
        if examples not in self._kept:
            self._kept[examples] = torch.empty(self._members, examples, self._width)
        return self._kept[examples]


class Linear(Part):
    """Weights and a bias.

    Args:
        stack: holds the parameters.
        name: of the layer whose ``weight`` and ``bias`` they are.
        library: multiplies, the same for all layers.
        of_data: whether the inputs are data, whose gradient nobody needs.
    """

    def __init__(self, stack: Stack, name: str, library: Library, *, of_data: bool) -> None:
        self._weight = stack.values[f"{name}.weight"]
        self._weight_transposed = self._weight.mT
        self._bias_row = stack.values[f"{name}.bias"].unsqueeze(1)
        self._weight_gradient = stack.gradients[f"{name}.weight"]
        self._bias_gradient = stack.gradients[f"{name}.bias"]
        members, outputs, inputs = self._weight.shape
        self._sizes = inputs, outputs
        self._library, self._of_data = library, of_data
        self._sums, self._below = Memory(members, outputs), Memory(members, inputs)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        self._inputs, rows = x, x.shape[1]
        self._library.use(library_for(rows, *self._sizes))
        return torch.baddbmm(self._bias_row, x, self._weight_transposed, out=self._sums.of(rows))

    def backward(self, gradient: Tensor) -> Tensor:
        rows = gradient.shape[1]
        self._library.use(library_for(rows, *self._sizes))
        product_(self._weight_gradient, gradient.mT, self._inputs)
        torch.sum(gradient, 1, out=self._bias_gradient)
        if self._of_data:
            return gradient
        return torch.bmm(gradient, self._weight, out=self._below.of(rows))


class Nonlinearity(Part):
    """An activation; it overwrites its input where its derivative is taken from its output."""

    def __init__(self, activation: Activation, members: int, width: int) -> None:
        self._activation = activation
        self._in_place = activation.keeps == "output"
        self._outputs = Memory(members, width)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        out = x if self._in_place else self._outputs.of(x.shape[1])
        self._activation.forward(x, out)
        self._kept = x
        return out

    def backward(self, gradient: Tensor) -> Tensor:
        self._activation.backward(gradient, self._kept)
        return gradient


class Chain(Part):
    """Parts one after another."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        for part in self._parts:
            x = part.forward(x, step)
        return x

    def backward(self, gradient: Tensor) -> Tensor:
        for part in reversed(self._parts):
            gradient = part.backward(gradient)
        return gradient
