"""Several modules run one after another: whatever a module does, it does it here."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from initscope.training.stack import Stack


class Looped:
    """Forward and backward passes of members, each by its own module.

    The modules' parameters and gradients become views of the stack, so that one fused step of the
    optimizer moves them all.

    Args:
        modules: one a member.
        stack: the parameters that are trained.
        shape: in which the modules take a row of features.
        seeds: of the random numbers that modules draw while they train; each member has a
            generator's state of its own.
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        stack: Stack,
        shape: tuple[int, ...],
        seeds: Sequence[int] = (),
    ) -> None:
        self.modules = modules
        self._shape = shape
        self._gradient = stack.flat_gradient
        self._states = [_state(seed) for seed in seeds]
        for index, module in enumerate(modules):
            for name, parameter in module.named_parameters():
                if name in stack.values:
                    parameter.data = stack.values[name][index]
                    parameter.grad = stack.gradients[name][index]

    def buffers(self) -> dict[str, Tensor]:
        """Return the buffers, (members, *shape)."""
        each = [dict(module.named_buffers()) for module in self.modules]
        return {name: torch.stack([own[name] for own in each]) for name in each[0]}

    def forward(self, x: Tensor, step: int | None = None) -> Tensor:
        """Return the logits of rows (members, examples, features); without a step, to evaluate."""
        rows = x.reshape(*x.shape[:2], *self._shape)
        training = step is not None
        with torch.set_grad_enabled(training):
            self._outputs = [
                self._run(index, rows[index], training=training)
                for index in range(len(self.modules))
            ]
        return torch.stack([output.detach() for output in self._outputs])

    def backward(self, gradient: Tensor) -> None:
        """Write the gradients of all parameters, given that of the latest logits."""
        self._gradient.zero_()
        # A scalar's backward: that of a tensor with a given gradient imports sympy, 1.5 s.
        with torch.enable_grad():
            for output, own in zip(self._outputs, gradient, strict=True):
                (output * own).sum().backward()

    def _run(self, index: int, rows: Tensor, *, training: bool) -> Tensor:
        module = self.modules[index].train(training)
        if not self._states:
            return module(rows)  # type: ignore[no-any-return]
        torch.set_rng_state(self._states[index])
        output: Tensor = module(rows)
        self._states[index] = torch.get_rng_state()
        return output


def _state(seed: int) -> Tensor:
    return torch.Generator().manual_seed(seed).get_state()
