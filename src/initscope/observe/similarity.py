"""How alike the members of a batch have become."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from initscope.observe.measured import Array
from initscope.observe.moments import HUGE, TINY
from initscope.observe.values import SAMPLE

MEMBERS = 16  # of a batch, whose cosines are taken


def similarity(tensor: Tensor) -> tuple[float | None, float | None]:
    """Return the mean cosine between members of the batch, and their mean square."""
    if tensor.dim() < 2 or len(tensor) < 2:
        return None, None
    members = tensor.detach()[:: -(-len(tensor) // MEMBERS)].flatten(1)
    members = members[:, :: -(-members.shape[1] // SAMPLE)]
    rows = np.ascontiguousarray(members.to("cpu", torch.float32).numpy())
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
        norm = float(squares.sum()) / rows.size
    if not (TINY < norm < HUGE and squares.min() > TINY):
        return _of_extremes(rows)
    return _mean_cosine(rows, np.sqrt(squares)), norm


def _mean_cosine(rows: NDArray[Any], sizes: NDArray[Any]) -> float:
    """Return the mean cosine of n vectors: (|sum of the unit vectors|^2 - n) / (n (n - 1))."""
    count = len(rows)
    total = (1 / sizes) @ rows
    return float((total @ total - count) / (count * (count - 1)))


def _of_extremes(rows: Array) -> tuple[float | None, float | None]:
    wide = rows.astype(np.float64)
    sizes = np.sqrt((wide**2).sum(1))
    norm = float((sizes**2).mean()) / wide.shape[1]
    if not np.isfinite(sizes).all() or not sizes.all():
        return None, norm
    return _mean_cosine(wide, sizes), norm
