"""Parameters of several networks of one shape, side by side in one flat buffer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


class Stack:
    """Values and gradients of all members' parameters.

    An optimizer steps ``flat`` by ``flat_gradient``; ``values[name]`` and ``gradients[name]`` are
    views of them, of shape (members, *shape) in PyTorch's layout. A matrix is stored with its
    longer side contiguous (transposed where it has more outputs than inputs): batched products
    with a narrow contiguous side run up to five times slower.
    """

    def __init__(
        self,
        members: int,
        shapes: Mapping[str, tuple[int, ...]],
        statistics: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.members = members
        self._sizes = [math.prod(shape) for shape in shapes.values()]
        self.size = sum(self._sizes)
        self.flat = torch.zeros(members * self.size)
        self.flat_gradient = torch.zeros_like(self.flat)
        self.values = _views(self.flat, members, shapes)
        self.gradients = _views(self.flat_gradient, members, shapes)
        self.statistics = {
            name: torch.full((members, *shape), _start(name))
            for name, shape in (statistics or {}).items()
        }
        """Running averages by name, which are part of a member but no parameters."""
        parts = self.flat_gradient.split([members * size for size in self._sizes])
        self.gradient_parts = [part.view(members, -1) for part in parts]
        """A view of each parameter's gradients, (members, size)."""

    def spread(self, values: Sequence[float]) -> Tensor:
        """Return a number a member as a flat buffer that has it wherever the member stands."""
        each = torch.tensor(values)
        return torch.cat([each.repeat_interleave(size) for size in self._sizes])

    def member(self, index: int) -> dict[str, Tensor]:
        """Return a copy of one member's parameters and running averages."""
        whole = {**self.values, **self.statistics}
        return {name: value[index].clone() for name, value in whole.items()}

    def finite(self) -> Tensor:
        """Say for each member whether all its parameters are finite numbers."""
        # In float64 a sum of float32 numbers cannot overflow: it is finite if and only if all are.
        total = torch.zeros(self.members, dtype=torch.float64)
        for part in self.flat.split([self.members * size for size in self._sizes]):
            total += part.view(self.members, -1).sum(1, dtype=torch.float64)
        return total.isfinite()


def _start(name: str) -> float:
    """Return where a running average starts: the variance at one, the mean at zero."""
    return 1.0 if name.endswith("_var") else 0.0


def _views(flat: Tensor, members: int, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    views = {}
    parts = flat.split([members * math.prod(shape) for shape in shapes.values()])
    for (name, shape), part in zip(shapes.items(), parts, strict=True):
        if len(shape) == 2 and shape[0] > shape[1]:
            views[name] = part.view(members, shape[1], shape[0]).mT
        else:
            views[name] = part.view(members, *shape)
    return views


def product_(out: Tensor, left: Tensor, right: Tensor) -> None:
    """Write the batched product of left and right into out, which may be stored transposed."""
    if out.is_contiguous():
        torch.bmm(left, right, out=out)
    else:
        torch.bmm(right.mT, left.mT, out=out.mT)
