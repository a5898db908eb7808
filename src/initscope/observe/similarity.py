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


def similarity(stack: Tensor) -> list[tuple[float | None, float | None]]:
    """Return the mean cosine of the members of each of n batches, and their mean square."""
    if stack.dim() < 3 or stack.shape[1] < 2:
        return [(None, None)] * len(stack)
    members = stack.detach()[:, :: -(-stack.shape[1] // MEMBERS)].flatten(2)
    members = members[:, :, :: -(-members.shape[2] // SAMPLE)]
    rows = np.ascontiguousarray(members.to("cpu", torch.float32).numpy())
    with np.errstate(all="ignore"):
        squares = np.vecdot(rows, rows)
        norms = squares.mean(1) / rows.shape[2]
        cosines = _mean_cosine(rows, np.sqrt(squares))
    usual = (norms > TINY) & (norms < HUGE) & (squares.min(1) > TINY)
    return [
        (float(cosine), float(norm)) if is_usual else _of_extremes(each)
        for each, cosine, norm, is_usual in zip(rows, cosines, norms, usual, strict=True)
    ]


def _mean_cosine(rows: NDArray[Any], sizes: NDArray[Any]) -> NDArray[Any]:
    """Return the mean cosine of m vectors: (|sum of the unit vectors|^2 - m) / (m (m - 1))."""
    count = rows.shape[-2]
    total = np.matmul((1 / sizes)[..., None, :], rows)[..., 0, :]
    cosines: NDArray[Any] = (np.vecdot(total, total) - count) / (count * (count - 1))
    return cosines


def _of_extremes(rows: Array) -> tuple[float | None, float | None]:
    wide = rows.astype(np.float64)
    sizes = np.sqrt((wide**2).sum(1))
    norm = float((sizes**2).mean()) / wide.shape[1]
    if not np.isfinite(sizes).all() or not sizes.all():
        return None, norm
    return float(_mean_cosine(wide, sizes)), norm
