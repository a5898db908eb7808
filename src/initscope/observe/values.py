"""A tensor's elements, laid out so that a few sums see them all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from initscope.observe.measured import Array

MOST_UNITS = 65536
SAMPLE = 4096  # elements looked at for zeros, features for cosines
_POSITIONS = 64  # of each unit, in its sketch


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
    """A tensor in float32 or 64, its memory in order.

    The grid is (positions, units), or (members, units, positions), or (elements,) without units.
    """

    grid: Tensor
    flat: Tensor

    @classmethod
    def by_unit(cls, tensor: Tensor, axis: int) -> Values:
        """Lay a tensor out by its units, which are dimension `axis` (1 or -1)."""
        if tensor.dim() < 2:
            return cls._of(tensor, (1, -1))
        if axis == 1 and tensor.dim() > 2:
            return cls._of(tensor, (*tensor.shape[:2], -1))
        return cls._of(tensor, (-1, tensor.shape[-1]))

    @classmethod
    def whole(cls, tensor: Tensor) -> Values:
        """Take a tensor's elements together."""
        return cls._of(tensor, (-1,))

    @classmethod
    def _of(cls, tensor: Tensor, shape: tuple[int, ...]) -> Values:
        flat = tensor.detach().reshape(-1)
        if flat.dtype not in _WIDE:
            flat = flat.float()
        return cls(flat.view(shape), flat)

    @property
    def units(self) -> int:
        return self.grid.shape[1]

    def mean(self) -> float:
        """Return the mean over finite elements."""
        total = float(self.flat.sum())
        if math.isfinite(total):
            return total / self.flat.numel()
        wide = self.flat.double()
        return float(wide[wide.isfinite()].mean())

    @property
    def sample(self) -> Tensor:
        """At most 4096 elements, evenly spaced."""
        return self.flat[:: -(-self.flat.numel() // SAMPLE)]

    def zeros(self) -> float:
        """Return the share of exact zeros in the sample."""
        sample = self.sample
        return 1 - int(torch.count_nonzero(sample)) / sample.numel()

    def subnormal(self) -> float:
        """Return the share of numbers in the sample that are too small to be normal in float32."""
        sample = self.sample
        small = sample.abs() < torch.finfo(torch.float32).tiny
        if not small.any():
            return 0.0
        return int(torch.count_nonzero(sample[small])) / sample.numel()

    def sketch(self) -> Array | None:
        """Return a random projection of every unit's values at a few positions, evenly spaced."""
        if self.units > MOST_UNITS:
            return None
        grid = self.grid if self.grid.dim() == 2 else self.grid[0].T
        rows = grid[:: -(-len(grid) // _POSITIONS)]
        return array(_directions(len(rows), rows.dtype, rows.device) @ rows)


_WIDE = frozenset({torch.float32, torch.float64})


@cache
def _directions(positions: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(_POSITIONS, generator=generator)[:positions].to(device, dtype)


def array(tensor: Tensor) -> Array:
    """Hand a small tensor, made here, to NumPy, in float32."""
    return tensor.to("cpu", torch.float32).numpy()
