"""Products of Householder reflections whose vectors are drawn: uniform orthogonal matrices."""

from __future__ import annotations

import torch
from torch import Tensor

_SMALL = 512
"""Fewer reflections are left to LAPACK, whose panels are narrow and need no extra products."""


def orthonormal_columns(gaussian: Tensor) -> Tensor:
    """Turn a Gaussian (..., n, m), n >= m, into n x m matrices with orthonormal columns.

    Column k, from its diagonal downwards, is the vector x that reflection k sends to the axis; its
    Householder vector is x + sign(x_1) |x| e_1, scaled so that its first entry is one.
    """
    vectors = gaussian.tril()
    first = vectors.diagonal(dim1=-2, dim2=-1)
    sign = torch.ones_like(first).copysign(first)
    pivot = first + sign * vectors.norm(dim=-2)
    vectors = vectors / pivot.unsqueeze(-2)
    vectors.diagonal(dim1=-2, dim2=-1).fill_(1.0)
    return product(vectors).mul_(-sign.unsqueeze(-2))


def product(vectors: Tensor) -> Tensor:
    """Multiply the reflections of the columns of (..., n, m); return their first m columns."""
    if vectors.shape[-1] < _SMALL:
        tau = 2 / vectors.square().sum(-2)
        matrix: Tensor = torch.linalg.householder_product(vectors, tau)
        return matrix
    matrices = vectors.reshape(-1, *vectors.shape[-2:])
    return torch.stack([_blocked(matrix) for matrix in matrices]).reshape(vectors.shape)


def _blocked(vectors: Tensor) -> Tensor:
    r"""Multiply reflections a panel V at a time, as :math:`I - V T V^T`.

    The inverse of T is the upper triangle of :math:`V^T V` with half its diagonal (Joffrain et
    al., 2006, "Accumulating Householder transformations, revisited"). Panels are applied from the
    last to the first, so that each meets only the block below and to the right of its corner.
    """
    count = vectors.shape[1]
    width = 128 if count < 2048 else 256
    matrix = torch.zeros_like(vectors)
    for start in reversed(range(0, count, width)):
        stop = min(start + width, count)
        panel = vectors[start:, start:stop]
        top, below = panel[: stop - start], panel[stop - start :]
        solved = _triangle(panel)
        rest = matrix[stop:, stop:]
        weights = solved @ (below.mT @ rest)
        matrix[start:stop, stop:] = -(top @ weights)
        rest.addmm_(below, weights, alpha=-1)
        corner = matrix[start:, start:stop]
        corner.copy_(panel @ (solved @ top.mT)).neg_().diagonal().add_(1.0)
    return matrix


def _triangle(panel: Tensor) -> Tensor:
    # Rounding of the diagonal, which sets the length of each reflection, would make an error five
    # times that of everything else.
    inverse = (panel.mT @ panel).double().triu()
    norms = torch.linalg.vector_norm(panel, dim=0, dtype=torch.float64)
    inverse.diagonal().copy_(norms.square() / 2)
    one = torch.eye(len(inverse), dtype=torch.float64, device=panel.device)
    solved: Tensor = torch.linalg.solve_triangular(inverse, one, upper=True)
    return solved.to(panel.dtype)
