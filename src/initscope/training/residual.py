r"""Residual blocks of a stack of networks, :math:`x + s\,B(x)`."""

from __future__ import annotations

import torch
from torch import Tensor

from initscope.training.parts import Memory, Part


class Residual(Part):
    """A branch that is scaled and added to what goes past it."""

    def __init__(self, branch: Part, scale: float, members: int, width: int) -> None:
        self._branch, self._scale = branch, scale
        self._sums, self._inner = Memory(members, width), Memory(members, width)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        branch = self._branch.forward(x, step)
        return torch.add(x, branch, alpha=self._scale, out=self._sums.of(x.shape[1]))

    def backward(self, gradient: Tensor) -> Tensor:
        inner = torch.mul(gradient, self._scale, out=self._inner.of(gradient.shape[1]))
        return self._branch.backward(inner).add_(gradient)


class LearnedResidual(Part):
    """A branch whose scale is a parameter, one a member (Bachlechner et al., 2020, eq. 1).

    Args:
        branch: what is scaled; it keeps its output until its own backward pass.
        scale: each member's scale, (members,).
        scale_gradient: where its gradient is written.
        width: of the branch's outputs.
    """

    def __init__(self, branch: Part, scale: Tensor, scale_gradient: Tensor, width: int) -> None:
        self._branch, self._gradient = branch, scale_gradient
        self._scale = scale.view(-1, 1, 1)
        self._sums, self._inner = Memory(len(scale), width), Memory(len(scale), width)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        self._output = self._branch.forward(x, step)
        return torch.addcmul(x, self._output, self._scale, out=self._sums.of(x.shape[1]))

    def backward(self, gradient: Tensor) -> Tensor:
        inner = self._inner.of(gradient.shape[1])
        torch.mul(gradient, self._output, out=inner)
        self._gradient.copy_(inner.sum((1, 2)))
        torch.mul(gradient, self._scale, out=inner)
        return self._branch.backward(inner).add_(gradient)
