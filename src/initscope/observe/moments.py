"""Moments and extremes at the price of a few sums.

On a CPU a reduction by `sum`, `dot`, `amin` or `amax` runs at the speed of memory; `std`,
`aminmax(dim)`, `isfinite` and comparisons take ten to fifty times as long. So the second moment is
a dot product, and elements are looked at one by one only where it shows that it must be: where it
overflows, underflows, or is not a number. A large tensor is read from memory once, block by block.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from initscope.observe.measured import Array
from initscope.observe.values import Values, array

# A float32 sum of squares outside of these bounds may have overflowed or lost what it should keep.
TINY, HUGE = 1e-30, 1e37


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of a tensor's finite elements; extremes of every unit, or of all elements."""

    mean: float
    second_moment: float
    nonfinite: float
    lowest: Array
    highest: Array

    @property
    def minimum(self) -> float:
        return float(self.lowest.min())

    @property
    def maximum(self) -> float:
        return float(self.highest.max())

    @property
    def sizes(self) -> Array:
        """The largest |x| of every unit."""
        return np.maximum(self.highest, -self.lowest)

    @classmethod
    def of(cls, values: Values) -> Moments:
        """Sum in the tensor's own precision, and in float64 where that is not enough."""
        sums, squares, lows, highs = zip(*map(_sums, values.blocks()), strict=True)
        total, square, count = sum(sums), sum(squares), values.flat.numel()
        lowest, highest = reduce(np.minimum, lows), reduce(np.maximum, highs)
        if TINY < square < HUGE:
            return cls(total / count, square / count, 0.0, lowest, highest)
        if square == 0 and not lowest.any() and not highest.any():
            return cls(0.0, 0.0, 0.0, lowest, highest)
        return cls._carefully(values)

    @classmethod
    def _carefully(cls, values: Values) -> Moments:
        grid = values.grid.double()
        finite = grid.isfinite()
        count = int(finite.sum())
        kept = grid.where(finite, 0.0)
        share = 1 - count / grid.numel()
        lowest = array(_lowest(grid.where(finite, math.inf)))
        highest = array(_highest(grid.where(finite, -math.inf)))
        if not count:
            return cls(math.nan, math.nan, share, lowest, highest)
        mean, square = float(kept.sum()) / count, float(kept.square().sum()) / count
        return cls(mean, square, share, lowest, highest)


def _sums(block: Tensor) -> tuple[float, float, Array, Array]:
    flat = block.reshape(-1)
    square = float(torch.dot(flat, flat))
    return float(flat.sum()), square, array(_lowest(block)), array(_highest(block))


def _lowest(grid: Tensor) -> Tensor:
    """Return the minimum of every unit; over positions that lie side by side first."""
    return grid.amin(2).amin(0) if grid.dim() == 3 else grid.amin(0)


def _highest(grid: Tensor) -> Tensor:
    return grid.amax(2).amax(0) if grid.dim() == 3 else grid.amax(0)
