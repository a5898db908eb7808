"""A tensor's elements, laid out so that a few sums see them all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from initscope.observe.measured import Array

MOST_UNITS = 65536
SAMPLE = 4096  # elements looked at for subnormal numbers, features for cosines


def is_measurable(tensor: Tensor) -> bool:
    """Whether a tensor holds real numbers that can be read here."""
    return (
        tensor.is_floating_point()
        and tensor.layout == torch.strided
        and tensor.numel() > 0
        and not tensor.is_meta
        and not torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # noqa: SLF001 - no public form
    )


@dataclass(frozen=True, slots=True)
class Values:
    """Tensors of one shape, stacked, in float32 or 64, the memory of each in order.

    The grid is (n, positions, units), or (n, members, units, positions), or (n, elements) without
    units; flat is (n, elements).
    """

    grid: Tensor
    flat: Tensor

    @classmethod
    def by_unit(cls, stack: Tensor, axis: int) -> Values:
        """Lay tensors out by their units, which are dimension `axis` (1 or -1) of each."""
        if stack.dim() < 3:
            return cls._of(stack, (1, -1))
        if axis == 1 and stack.dim() > 3:
            return cls._of(stack, (*stack.shape[1:3], -1))
        return cls._of(stack, (-1, stack.shape[-1]))

    @classmethod
    def whole(cls, stack: Tensor) -> Values:
        """Take the elements of each tensor together."""
        return cls._of(stack, (-1,))

    @classmethod
    def _of(cls, stack: Tensor, shape: tuple[int, ...]) -> Values:
        flat = stack.detach().reshape(stack.shape[0], -1)
        if flat.dtype not in _WIDE:
            flat = flat.float()
        return cls(flat.view(flat.shape[0], *shape), flat)

    @property
    def elements(self) -> int:
        return self.flat.shape[1]

    @property
    def units(self) -> int:
        return self.grid.shape[2]

    def means(self) -> list[float]:
        """Return each tensor's mean over finite elements."""
        return [
            total / self.elements if math.isfinite(total) else _careful_mean(self.flat[row])
            for row, total in enumerate(self.flat.sum(1).tolist())
        ]

    @property
    def samples(self) -> Tensor:
        """At most 4096 elements of each tensor, evenly spaced."""
        return self.flat[:, :: -(-self.elements // SAMPLE)]

    def subnormal(self) -> list[float]:
        """Return the share of numbers in each sample too small to be normal in float32."""
        samples = self.samples.abs().cpu().numpy()
        small = samples < torch.finfo(torch.float32).tiny
        if not small.any():
            return [0.0] * len(samples)
        shares: list[float] = (small & (samples > 0)).mean(1).tolist()
        return shares


_WIDE = frozenset({torch.float32, torch.float64})


def _careful_mean(flat: Tensor) -> float:
    wide = flat.double()
    return float(wide[wide.isfinite()].mean())


def array(tensor: Tensor) -> Array:
    """Hand a small tensor, made here, to NumPy, in float32."""
    return tensor.to("cpu", torch.float32).numpy()
