"""Moments and extremes at the price of a few sums.

On a CPU a reduction by `sum`, `dot`, `amin` or `amax` runs at the speed of memory; `std`,
`aminmax(dim)`, `isfinite` and comparisons take ten to fifty times as long. So the second moment is
a dot product, and elements are looked at one by one only where it shows that it must be: where it
overflows, underflows, or is not a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from initscope.observe.values import Values

Extremes = NDArray[np.floating]

# A float32 sum of squares outside of these bounds may have overflowed or lost what it should keep.
TINY, HUGE = 1e-30, 1e37


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of a tensor's finite elements; extremes of every unit, or of all elements."""

    second_moment: float
    nonfinite: float
    lowest: Extremes
    highest: Extremes

    @property
    def minimum(self) -> float:
        return float(self.lowest.min())

    @property
    def maximum(self) -> float:
        return float(self.highest.max())

    @property
    def sizes(self) -> Extremes:
        """The largest |x| of every unit."""
        return np.maximum(self.highest, -self.lowest)

    @classmethod
    def of(cls, values: Values) -> Moments:
        """Sum in the tensor's own precision, and in float64 where that is not enough."""
        square = float(torch.dot(values.flat, values.flat))
        lowest, highest = _lowest(values.grid), _highest(values.grid)
        if TINY < square < HUGE:
            return cls(square / values.flat.numel(), 0.0, lowest, highest)
        if square == 0 and not lowest.any() and not highest.any():
            return cls(0.0, 0.0, lowest, highest)
        return cls._carefully(values)

    @classmethod
    def _carefully(cls, values: Values) -> Moments:
        grid = values.grid.double()
        finite = grid.isfinite()
        count = int(finite.sum())
        kept = grid.where(finite, 0.0)
        share = 1 - count / grid.numel()
        lowest = _lowest(grid.where(finite, math.inf))
        highest = _highest(grid.where(finite, -math.inf))
        square = float(kept.square().sum()) / count if count else math.nan
        return cls(square, share, lowest, highest)


def _lowest(grid: Tensor) -> Extremes:
    """Return the minimum of every unit; over positions that lie side by side first."""
    return (grid.amin(2).amin(0) if grid.dim() == 3 else grid.amin(0)).cpu().numpy()


def _highest(grid: Tensor) -> Extremes:
    return (grid.amax(2).amax(0) if grid.dim() == 3 else grid.amax(0)).cpu().numpy()
