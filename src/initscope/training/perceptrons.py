"""The passes of a stack of multilayer perceptrons."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from initscope.training.activations import activation
from initscope.training.dropout import Dropout, Masks
from initscope.training.network import BRANCH_SCALES, MLP
from initscope.training.norms import NORMS
from initscope.training.parts import Chain, Linear, Nonlinearity, Part
from initscope.training.products import Library
from initscope.training.residual import LearnedResidual, Residual
from initscope.training.stack import Stack


class Perceptrons:
    """Forward and backward passes of a stack of multilayer perceptrons, in reused memory.

    Args:
        network: their shape.
        stack: their parameters.
        seeds: one a member, of their dropout.
        batch_size: examples of a step.
    """

    def __init__(self, network: MLP, stack: Stack, seeds: Sequence[int], batch_size: int) -> None:
        self._network, self._stack = network, stack
        self._seeds, self._batch_size = seeds, batch_size
        self._library = Library()
        blocks = [self._block(index) for index in range(len(network.hidden))]
        head = Linear(stack, "head", self._library, of_data=False)
        self._whole = Chain([*blocks, head])

    def forward(self, x: Tensor, step: int | None = None) -> Tensor:
        """Return the logits of inputs x (members, examples, features), in reused memory.

        Args:
            x: the inputs.
            step: of the training, from 0; None to evaluate.
        """
        return self._whole.forward(x, step)

    def backward(self, gradient: Tensor) -> None:
        """Write the gradients of all parameters, given that of the latest logits."""
        self._whole.backward(gradient)

    def _block(self, index: int) -> Part:
        """Return a hidden layer: linear, normalization, activation, dropout, and past it all."""
        network, stack, members = self._network, self._stack, self._stack.members
        width = network.hidden[index]
        parts: list[Part] = [
            Linear(stack, f"hidden.{index}", self._library, of_data=index == 0),
            Nonlinearity(activation(network.activation), members, width),
        ]
        if network.norm != "none":
            parts.insert(1, NORMS[network.norm](stack, f"norms.{index}"))
        if network.dropout:
            masks = Masks(self._seeds, index, network.dropout, self._batch_size * width)
            parts.append(Dropout(masks, members, width))
        chain = Chain(parts)
        return self._past(chain, index) if network.residual and index else chain

    def _past(self, branch: Part, index: int) -> Part:
        width, scale = self._network.hidden[index], self._network.scale_of_branches
        if scale is not None:
            return Residual(branch, scale, self._stack.members, width)
        scales, gradients = (
            table[BRANCH_SCALES][:, index - 1]
            for table in (self._stack.values, self._stack.gradients)
        )
        return LearnedResidual(branch, scales, gradients, width)
