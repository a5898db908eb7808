"""How many values of a sample fall where, beside how many the law lets expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from initscope.initializers import Fans, Initializer
from initscope.initializers.law import Independent

_GRID = 1 << 16
"""Quantiles from which the law's share of a bin is counted, to one part in 65536."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of a sample in bins of equal width.

    Attributes:
        edges: one more than there are bins, in the unit of the values.
        counts: of the sample.
        expected: of the law, where its entries are independent; else None.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    expected: tuple[float, ...] | None


def histogram(
    values: NDArray[np.float32], initializer: Initializer, fans: Fans, bins: int
) -> Histogram:
    """Count values in bins from the lowest to the highest of them."""
    counts, edges = np.histogram(values.astype(np.float64), bins)
    return Histogram(
        tuple(map(float, edges)),
        tuple(map(int, counts)),
        _expected(initializer, fans, edges, values.size),
    )


def _expected(
    initializer: Initializer, fans: Fans, edges: NDArray[np.float64], number: int
) -> tuple[float, ...] | None:
    """Send quantiles at equal steps through the law, and count them."""
    if not isinstance(initializer.law, Independent):
        return None
    middle = (torch.arange(_GRID, dtype=torch.float32) + 0.5) * (2 / _GRID) - 1
    initializer.law.transform(fans)(middle)
    counts, _ = np.histogram(middle.double().numpy(), edges)
    return tuple(float(count) * number / _GRID for count in counts)
