"""Laws of a whole matrix, whose entries depend on each other: orthogonal and identity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from initscope.errors import InputError
from initscope.initializers import distributions
from initscope.initializers.fans import Fans
from initscope.initializers.law import Law, require_positive, symmetric, text
from initscope.streams import Source


@dataclass(frozen=True, slots=True)
class Orthogonal(Law):
    """Gain times a matrix with orthonormal rows or columns, drawn uniformly (Haar measure).

    Instead of factorizing a Gaussian matrix, the Householder vectors of its QR decomposition are
    drawn directly: after each reflection the remaining block is Gaussian again (Stewart, 1980,
    "The efficient generation of random orthogonal matrices"). Signs make the diagonal of R
    positive, without which the result is not uniform (Mezzadri, 2007, "How to generate random
    matrices from the classical compact groups"). A kernel counts as (out, in * positions).
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        require_positive(gain=self.gain)

    @staticmethod
    def formula(gain: object) -> str:
        return f"W = {_factor(gain)}Q, Q uniform among matrices with orthonormal rows or columns"

    def standard_deviation(self, fans: Fans) -> float:
        return self.gain / math.sqrt(max(fans.fan_in, fans.fan_out))

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        rows, columns = shape[0], math.prod(shape[1:])
        tall, thin = max(rows, columns), min(rows, columns)
        gaussian = distributions.normal(symmetric((tall, thin), source))
        matrix = _orthonormal_columns(gaussian).mul_(self.gain)
        return (matrix if rows >= columns else matrix.mT).reshape(*source.batch, *shape)


@dataclass(frozen=True, slots=True)
class Identity(Law):
    """Gain times the identity matrix, cut or padded with zeros where it is not square."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        require_positive(gain=self.gain)

    @staticmethod
    def formula(gain: object) -> str:
        return f"W = {_factor(gain)}I"

    def standard_deviation(self, fans: Fans) -> float:
        share = min(fans.fan_in, fans.fan_out) / (fans.fan_in * fans.fan_out)
        return self.gain * math.sqrt(share * (1 - share))

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        if len(shape) != 2:
            raise InputError(f"identity fills matrices, received a weight of shape {tuple(shape)}")
        return torch.eye(*shape).mul_(self.gain).expand(*source.batch, *shape).clone()


def _factor(gain: object) -> str:
    return "" if gain == 1 else f"{text(gain)} "


def _orthonormal_columns(gaussian: Tensor) -> Tensor:
    """Turn a Gaussian (..., n, m), n >= m, into n x m matrices with orthonormal columns.

    Column k, from its diagonal downwards, is the vector x that reflection k sends to the axis; its
    Householder vector is x + sign(x_1) |x| e_1, scaled so that its first entry is one.
    """
    vectors = gaussian.tril()
    first = vectors.diagonal(dim1=-2, dim2=-1)
    sign = torch.where(first < 0, -1.0, 1.0)
    pivot = first + sign * vectors.norm(dim=-2)
    vectors = vectors / pivot.unsqueeze(-2)
    vectors.diagonal(dim1=-2, dim2=-1).fill_(1.0)
    tau = 2 / vectors.square().sum(-2)
    matrix: Tensor = torch.linalg.householder_product(vectors, tau)
    return matrix.mul_(-sign.unsqueeze(-2))
