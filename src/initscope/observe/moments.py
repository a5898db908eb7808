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
    """Sums of the finite elements of n tensors.

    Attributes:
        second: n second moments.
        nonfinite: n shares of infinities and NaN.
        lowest, highest: extremes of every unit, (n, units), or of all elements, (n, 1).
    """

    second: list[float]
    nonfinite: list[float]
    lowest: Extremes
    highest: Extremes

    @property
    def sizes(self) -> Extremes:
        """The largest |x| of every unit."""
        return np.maximum(self.highest, -self.lowest)

    @classmethod
    def of(cls, values: Values) -> Moments:
        """Sum in the tensors' own precision, and in float64 where that is not enough."""
        squares = _squares(values.flat)
        lowest, highest = _extremes(values.grid)
        seconds = [square / values.elements for square in squares]
        found = cls(seconds, [0.0] * len(squares), lowest, highest)
        for row, square in enumerate(squares):
            is_usual = TINY < square < HUGE
            if not is_usual and (square != 0 or lowest[row].any() or highest[row].any()):
                found._look_at(row, values.grid[row : row + 1])
        return found

    def _look_at(self, row: int, grid: Tensor) -> None:
        """Sum one tensor's finite elements in float64."""
        grid = grid.double()
        finite = grid.isfinite()
        count = int(finite.sum())
        kept = grid.where(finite, 0.0)
        self.second[row] = float(kept.square().sum()) / count if count else math.nan
        self.nonfinite[row] = 1 - count / grid.numel()
        self.lowest[row] = _extremes(grid.where(finite, math.inf))[0]
        self.highest[row] = _extremes(grid.where(finite, -math.inf))[1]


def _squares(flat: Tensor) -> list[float]:
    """Return sums of squares; of a single tensor, which may be large, the one that adds best."""
    if flat.shape[0] == 1:
        return [float(torch.dot(flat[0], flat[0]))]
    return [norm * norm for norm in torch.linalg.vector_norm(flat, dim=1).tolist()]


def _extremes(grid: Tensor) -> tuple[Extremes, Extremes]:
    """Return the minimum and the maximum of every unit, or of each tensor without units.

    Over positions that lie side by side first.
    """
    if grid.dim() == 4:
        low, high = grid.amin(3), grid.amax(3)
        return low.amin(1).cpu().numpy(), high.amax(1).cpu().numpy()
    whole = grid.dim() == 2
    return grid.amin(1, whole).cpu().numpy(), grid.amax(1, whole).cpu().numpy()
