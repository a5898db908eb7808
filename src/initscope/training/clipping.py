"""Clipping of gradients, each member at its own threshold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from initscope.training.settings import Training
from initscope.training.stack import Stack

_SMALL = 1e-6  # what torch.nn.utils.clip_grad_norm_ adds to the norm

Clip = Callable[[], None]


def clips(trainings: Sequence[Training], stack: Stack) -> list[Clip]:
    """Return what clips the stack's gradients, in order: by value, then by norm (Pascanu, 2013).

    Both do what ``torch.nn.utils.clip_grad_value_`` and ``clip_grad_norm_`` do, for each member
    alone. The list is empty where no member is clipped.
    """
    made: list[Clip] = []
    values = _thresholds([training.clip_value for training in trainings])
    if values is not None:
        made.append(_by_value(values, stack))
    norms = _thresholds([training.clip_norm for training in trainings])
    if norms is not None:
        made.append(_by_norm(norms, stack))
    return made


def _thresholds(given: Sequence[float | None]) -> Tensor | None:
    """Return the thresholds, infinite for those who have none; None where nobody has one."""
    if all(threshold is None for threshold in given):
        return None
    return torch.tensor([float("inf") if value is None else value for value in given])


def _by_value(thresholds: Tensor, stack: Stack) -> Clip:
    most = stack.spread(thresholds.tolist())
    least = -most

    def clip() -> None:
        torch.clamp(stack.flat_gradient, least, most, out=stack.flat_gradient)

    return clip


def _by_norm(thresholds: Tensor, stack: Stack) -> Clip:
    def clip() -> None:
        norms = [torch.linalg.vector_norm(part, dim=1) for part in stack.gradient_parts]
        total = torch.linalg.vector_norm(torch.stack(norms), dim=0)
        factors = (thresholds / (total + _SMALL)).clamp_(max=1.0).unsqueeze(1)
        for part in stack.gradient_parts:
            part.mul_(factors)

    return clip
