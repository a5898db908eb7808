"""Random laws of a whole matrix, whose entries depend on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from initscope.errors import InputError
from initscope.initializers import distributions
from initscope.initializers.box import Box
from initscope.initializers.fans import Fans
from initscope.initializers.filling import fill_
from initscope.initializers.law import (
    Whole,
    kernel,
    known,
    matrix,
    require_finite,
    require_positive,
    symmetric,
    text,
)
from initscope.initializers.patterns import centre_tap, factor
from initscope.initializers.reflections import orthonormal_columns
from initscope.streams import Source


@dataclass(frozen=True, slots=True)
class Orthogonal(Whole):
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
        return f"W = {factor(gain)}Q, Q uniform among matrices with orthonormal rows or columns"

    def standard_deviation(self, fans: Fans | None) -> float:
        fans = known(fans)
        return self.gain / math.sqrt(max(fans.fan_in, fans.fan_out / fans.window))

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return -self.gain, self.gain

    def draw(self, shape: Sequence[int], source: Source) -> Tensor:
        if len(shape) < 2:
            matrix(shape)
        rows, columns = shape[0], math.prod(shape[1:])
        tall, thin = max(rows, columns), min(rows, columns)
        result = orthonormal_columns(_gaussian(tall, thin, source)).mul_(self.gain)
        return (result if rows >= columns else result.mT).reshape(*source.batch, *shape)


@dataclass(frozen=True, slots=True)
class DeltaOrthogonal(Whole):
    """A convolution that keeps norms: orthonormal columns at the central tap, zero elsewhere.

    With circular padding every singular value of the convolution equals the gain; "same" padding
    gives the same, since the other taps are zero. The columns are uniform, as in `orthogonal`
    (Xiao et al., 2018, "Dynamical isometry and a mean field theory of CNNs").
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        require_positive(gain=self.gain)

    @staticmethod
    def formula(gain: object) -> str:
        return f"W = {factor(gain)}Q at the central tap, 0 elsewhere, Q^T Q = I"

    def standard_deviation(self, fans: Fans | None) -> float:
        return self.gain / math.sqrt(known(fans).fan_out)

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return -self.gain, self.gain

    def draw(self, shape: Sequence[int], source: Source) -> Tensor:
        kernel(shape)
        outputs, inputs = shape[:2]
        if outputs < inputs:
            raise InputError(
                f"a convolution from {inputs} to {outputs} channels cannot keep norms: "
                "expected at least as many outputs as inputs; orthogonal takes any shape"
            )
        weight = torch.zeros((*source.batch, *shape), dtype=torch.float32, device="cpu")
        centre: Any = (..., *(centre_tap(Box.of(shape)) or ()))
        columns = orthonormal_columns(_gaussian(outputs, inputs, source)).mul_(self.gain)
        weight[centre] = columns
        return weight


@dataclass(frozen=True, slots=True)
class Sparse(Whole):
    """Normal entries, of which an exact number in every column is zero.

    A column holds the weights of one input to all outputs; ceil(sparsity * outputs) of them, at
    random places, are zero, as in `torch.nn.init.sparse_`. Martens counts along the other side:
    his units have 15 connections each that are not zero. The places follow a second stretch of the
    stream, so that the other entries are those of ``normal(std)``.
    """

    sparsity: float
    std: float = 0.01

    def __post_init__(self) -> None:
        require_finite(sparsity=self.sparsity)
        require_positive(std=self.std)
        if not 0 <= self.sparsity < 1:
            raise InputError(f"sparsity is {self.sparsity:g}: expected from 0 up to below 1")

    @staticmethod
    def formula(sparsity: object, std: object) -> str:
        return f"W ~ N(0, {text(std)}^2), ceil({text(sparsity)} out) zeros in each column"

    def standard_deviation(self, fans: Fans | None) -> float:
        return self.std * math.sqrt(self._kept(known(fans)))

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return -math.inf, math.inf

    def kurtosis(self, fans: Fans | None) -> float:
        # Only the entries that are kept vary: (k - 1) / 4 is 1 / 2 of their number's share.
        kept = self._kept(known(fans))
        return 1 + 2 / kept if kept else 1.0

    def draw(self, shape: Sequence[int], source: Source) -> Tensor:
        rows, columns = matrix(shape)
        values, keys = symmetric((2, rows, columns), source).unbind(-3)
        weight = distributions.normal(values).mul_(self.std)
        zeros = keys.argsort(dim=-2, stable=True)[..., : self._zeros(rows), :]
        return weight.scatter_(-2, zeros, 0.0)

    def _zeros(self, outputs: int) -> int:
        return math.ceil(self.sparsity * outputs)

    def _kept(self, fans: Fans) -> float:
        return 1 - self._zeros(fans.fan_out) / fans.fan_out


def _gaussian(rows: int, columns: int, source: Source) -> Tensor:
    values = torch.empty((*source.batch, rows, columns), dtype=torch.float32, device="cpu")
    fill_(values, Box.of((rows, columns)), source, distributions.normal)
    return values
