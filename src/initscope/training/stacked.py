"""Several modules of one shape run as one, by ``torch.func.vmap`` over their stacked state."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from initscope.training.stack import Stack
from initscope.training.unrolled import unroll_


class Stacked:
    """Forward and backward passes of members that differ in their parameters and buffers alone.

    The forward pass is batched, and autograd differentiates what was batched: one layer of
    transformations less than ``vmap(grad(...))``, and as fast or faster everywhere.

    Args:
        modules: one a member; parameters that the stack holds are read from it.
        stack: the parameters that are trained.
        shape: in which the modules take a row of features.
    """

    def __init__(self, modules: Sequence[nn.Module], stack: Stack, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._base = copy.deepcopy(modules[0])
        unroll_(self._base)
        self._leaves = {n: v.detach().requires_grad_() for n, v in stack.values.items()}
        for name, leaf in self._leaves.items():
            leaf.grad = stack.gradients[name]
        self._gradient = stack.flat_gradient
        others = [
            {**dict(module.named_parameters()), **dict(module.named_buffers())}
            for module in modules
        ]
        self._others = {
            name: torch.stack([each[name].detach() for each in others])
            for name in others[0]
            if name not in self._leaves
        }
        self._call = vmap(
            lambda state, x: functional_call(self._base, state, (x,)), randomness="error"
        )

    def buffers(self) -> dict[str, Tensor]:
        """Return the buffers, and parameters that are not trained, (members, *shape)."""
        return self._others

    def forward(self, x: Tensor, step: int | None = None) -> Tensor:
        """Return the logits of rows (members, examples, features); without a step, to evaluate."""
        training = step is not None
        self._base.train(training)
        state = {**self._leaves, **self._others}
        rows = x.reshape(*x.shape[:2], *self._shape)
        # The fused kernel of attention has no batching rule; the one of plain operations needs none
        with torch.set_grad_enabled(training), sdpa_kernel(SDPBackend.MATH):
            self._output = self._call(state, rows)
        logits: Tensor = self._output.detach().clone()
        return logits

    def backward(self, gradient: Tensor) -> None:
        """Write the gradients of all parameters, given that of the latest logits."""
        self._gradient.zero_()
        # A scalar's backward: that of a tensor with a given gradient imports sympy, 1.5 s.
        with torch.enable_grad():
            (self._output * gradient).sum().backward()
