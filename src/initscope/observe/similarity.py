"""How alike the members of a batch have become."""

from __future__ import annotations

import torch
from torch import Tensor

from initscope.observe.moments import HUGE, TINY
from initscope.observe.values import SAMPLE

MEMBERS = 16  # of a batch, whose cosines are taken


def similarity(stack: Tensor) -> list[tuple[float | None, float | None]]:
    """Return the mean cosine of the members of each of n batches, and their mean square."""
    if stack.dim() < 3 or stack.shape[1] < 2:
        return [(None, None)] * stack.shape[0]
    members = stack.detach()[:, :: -(-stack.shape[1] // MEMBERS)].flatten(2)
    members = members[:, :, :: -(-members.shape[2] // SAMPLE)].float().contiguous()
    sizes, totals = _sizes(members)
    return [
        _usual(size, total, members.shape[2]) or _of_extremes(members[row])
        for row, (size, total) in enumerate(zip(sizes.tolist(), totals.tolist(), strict=True))
    ]


def _sizes(members: Tensor) -> tuple[Tensor, Tensor]:
    """Return the lengths of the vectors of each batch, and of the sum of their unit vectors.

    A product of matrices would be taken in half precision where the model runs under autocast.
    """
    sizes = torch.linalg.vector_norm(members, dim=2)
    total = (members / sizes.unsqueeze(2)).sum(1)
    return sizes, torch.linalg.vector_norm(total, dim=1)


def _usual(sizes: list[float], total: float, features: int) -> tuple[float, float] | None:
    """Return what float32 has told; None where its range may not have been enough."""
    squares = [size * size for size in sizes]
    norm = sum(squares) / len(squares) / features
    if TINY < norm < HUGE and min(squares) > TINY:
        return _mean_cosine(total, len(sizes)), norm
    return None


def _mean_cosine(total: float, count: int) -> float:
    """Return the mean cosine of m vectors: (|sum of the unit vectors|^2 - m) / (m (m - 1))."""
    return (total * total - count) / (count * (count - 1))


def _of_extremes(members: Tensor) -> tuple[float | None, float | None]:
    sizes, total = _sizes(members.double().unsqueeze(0))
    norm = float(sizes.square().mean()) / members.shape[1]
    if not bool(sizes.isfinite().all()) or not bool(sizes.all()):
        return None, norm
    return _mean_cosine(float(total), members.shape[0]), norm
