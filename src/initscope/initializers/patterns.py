"""Laws without randomness: a matrix of a fixed pattern, at the centre of a kernel if there is one.

The entry of output i and input j follows from i and j alone, so that any part of the weight can be
made without the rest.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from initscope.errors import InputError
from initscope.initializers.box import Box
from initscope.initializers.fans import Fans
from initscope.initializers.law import Law, kernel, known, matrix, require_positive, text
from initscope.streams import Source


class Pattern(Law):
    """A law that places one fixed matrix."""

    __slots__ = ()

    @abstractmethod
    def entries(self, outputs: Tensor, inputs: Tensor, shape: Sequence[int]) -> Tensor:
        """Return the matrix at outputs (n, 1) and inputs (1, m) of a weight of this shape."""

    def check(self, shape: Sequence[int]) -> None:
        """Refuse a shape that the law does not fill."""

    def fill_(self, out: Tensor, box: Box, fans: Fans | None, source: Source) -> None:
        self.check(box.shape)
        target = out.detach().zero_()
        rows, columns = (
            torch.arange(start, stop, device="cpu")
            for start, stop in zip(box.starts[:2], box.stops[:2], strict=True)
        )
        taps = centre_tap(box)
        if taps is not None:
            values = self.entries(rows.unsqueeze(1), columns.unsqueeze(0), box.shape)
            index: Any = (..., slice(None), slice(None), *taps)
            target[index].copy_(values)


def centre_tap(box: Box) -> tuple[int, ...] | None:
    """Return where in a part of a kernel its central tap stands, or None where it does not.

    With "same" padding the central tap, at floor(size / 2), multiplies the position itself.
    """
    taps = [size // 2 for size in box.shape[2:]]
    ranges = list(zip(taps, box.starts[2:], box.stops[2:], strict=True))
    inside = all(start <= tap < stop for tap, start, stop in ranges)
    return tuple(tap - start for tap, start, _ in ranges) if inside else None


@dataclass(frozen=True, slots=True)
class Identity(Pattern):
    """Gain times the identity matrix, cut or padded with zeros where it is not square."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        require_positive(gain=self.gain)

    @staticmethod
    def formula(gain: object) -> str:
        return f"W = {factor(gain)}I"

    def standard_deviation(self, fans: Fans | None) -> float:
        return self.gain * _deviation_of_ones(_share_of_ones(known(fans)))

    def mean(self, fans: Fans | None) -> float:
        return self.gain * _share_of_ones(known(fans))

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return 0.0, self.gain

    def check(self, shape: Sequence[int]) -> None:
        matrix(shape)

    def entries(self, outputs: Tensor, inputs: Tensor, shape: Sequence[int]) -> Tensor:
        return (outputs == inputs).float() * self.gain


@dataclass(frozen=True, slots=True)
class Dirac(Pattern):
    """A convolution that passes on its input: ones at the central tap, from input i to output i.

    With groups, each group passes its inputs on to its own outputs; the weight's second dimension
    is then the inputs of one group, as in torch. Outputs beyond the inputs are zero.
    """

    groups: int = 1

    def __post_init__(self) -> None:
        require_positive(groups=self.groups)

    @staticmethod
    def formula(groups: object) -> str:
        each = "" if groups == 1 else f" in each of {text(groups)} groups"
        return f"W = I at the central tap, 0 elsewhere{each}"

    def standard_deviation(self, fans: Fans | None) -> float:
        return _deviation_of_ones(_share_of_ones(known(fans), self.groups))

    def mean(self, fans: Fans | None) -> float:
        return _share_of_ones(known(fans), self.groups)

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return 0.0, 1.0

    def check(self, shape: Sequence[int]) -> None:
        kernel(shape)
        if shape[0] % self.groups:
            raise InputError(
                f"{shape[0]} outputs are not divisible into {self.groups} groups: "
                "give the groups of the convolution"
            )

    def entries(self, outputs: Tensor, inputs: Tensor, shape: Sequence[int]) -> Tensor:
        return (outputs % (shape[0] // self.groups) == inputs).float()


@dataclass(frozen=True, slots=True)
class Hadamard(Pattern):
    r"""ZerO: the identity where the outputs are at most the inputs, a Hadamard matrix where more.

    With :math:`m = \lceil \log_2 \mathrm{out} \rceil`, the wider layer is the corner of
    :math:`2^{-(m-1)/2} H_m`, where :math:`(H_m)_{ij} = (-1)^{s}`, s the number of binary digits
    that are 1 in both i and j. Kernels hold the matrix at their central tap (Zhao et al., 2022,
    "ZerO initialization: initializing neural networks with only zeros and ones", algorithm 1; the
    authors' program has :math:`2^{-m/2}` in its place).
    """

    @staticmethod
    def formula() -> str:
        return "W = I, or 2^(-(m-1)/2) H_m with m = ceil(log2(out)) where out > in"

    def standard_deviation(self, fans: Fans | None) -> float:
        if _widens(known(fans)):
            square = self.bounds(fans)[1] ** 2 / known(fans).window
            return math.sqrt(square - self.mean(fans) ** 2)
        return _deviation_of_ones(_share_of_ones(known(fans)))

    def mean(self, fans: Fans | None) -> float:
        fans = known(fans)
        if not _widens(fans):
            return _share_of_ones(fans)
        outputs, inputs = fans.fan_out // fans.window, fans.fan_in // fans.window
        total = _corner_sum(outputs, inputs, _digits(outputs))
        return self.bounds(fans)[1] * total / (outputs * inputs * fans.window)

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        fans = known(fans)
        if not _widens(fans):
            return 0.0, 1.0
        scale = _hadamard_scale(fans.fan_out // fans.window)
        return -scale, scale

    def check(self, shape: Sequence[int]) -> None:
        if len(shape) != 2:
            kernel(shape)

    def entries(self, outputs: Tensor, inputs: Tensor, shape: Sequence[int]) -> Tensor:
        if shape[0] <= shape[1]:
            return (outputs == inputs).float()
        common = outputs & inputs
        for shift in (32, 16, 8, 4, 2, 1):  # the parity of its digits gathers in the lowest one
            common = common ^ (common >> shift)
        return (1 - 2 * (common & 1)).float() * _hadamard_scale(shape[0])


def factor(gain: object) -> str:
    """Write a gain in front of a matrix, where it is not 1."""
    return "" if gain == 1 else f"{text(gain)} "


def _share_of_ones(fans: Fans, groups: int = 1) -> float:
    # groups * min(out / groups, in) ones in out * in * window entries.
    return min(1 / fans.fan_in, groups / fans.fan_out)


def _deviation_of_ones(share: float) -> float:
    return math.sqrt(share * (1 - share))


def _widens(fans: Fans) -> bool:
    return fans.fan_out > fans.fan_in


def _digits(outputs: int) -> int:
    return (outputs - 1).bit_length()  # ceil(log2(outputs))


def _hadamard_scale(outputs: int) -> float:
    return float(2.0 ** (-(_digits(outputs) - 1) / 2))


def _corner_sum(rows: int, columns: int, digits: int) -> int:
    """Sum the first rows and columns of H_m, quarter by quarter; they repeat but for a sign."""
    if not rows or not columns or not digits:
        return min(rows, columns)
    half = 2 ** (digits - 1)
    top, left = min(rows, half), min(columns, half)
    bottom, right = rows - top, columns - left
    total = _corner_sum(top, left, digits - 1) - _corner_sum(bottom, right, digits - 1)
    if right:
        total += _corner_sum(top, right, digits - 1)
    if bottom:
        total += _corner_sum(bottom, left, digits - 1)
    return total
