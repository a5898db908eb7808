"""Laws whose entries are independent and identically distributed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from initscope.errors import InputError, unknown
from initscope.initializers import distributions
from initscope.initializers.distributions import DISTRIBUTIONS, TRUNCATION
from initscope.initializers.fans import MODES, Fans
from initscope.initializers.law import Law, require_finite, require_positive, symmetric, text
from initscope.streams import Source


@dataclass(frozen=True, slots=True)
class Constant(Law):
    """Every entry has the same value."""

    value: float

    def __post_init__(self) -> None:
        require_finite(value=self.value)

    @staticmethod
    def formula(value: object) -> str:
        return f"W = {text(value)}"

    def standard_deviation(self, fans: Fans) -> float:
        return 0.0

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        return torch.full((*source.batch, *shape), float(self.value))


@dataclass(frozen=True, slots=True)
class Uniform(Law):
    """Uniform on (low, high)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        require_finite(low=self.low, high=self.high)
        if self.low >= self.high:
            raise InputError(f"low={self.low:g} is not below high={self.high:g}: swap them")

    @staticmethod
    def formula(low: object, high: object) -> str:
        return f"W ~ U({text(low)}, {text(high)})"

    def standard_deviation(self, fans: Fans) -> float:
        return (self.high - self.low) / math.sqrt(12)

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        centre, radius = (self.high + self.low) / 2, (self.high - self.low) / 2
        return symmetric(shape, source).mul_(radius).add_(centre)


@dataclass(frozen=True, slots=True)
class Normal(Law):
    """Normal with mean zero."""

    std: float

    def __post_init__(self) -> None:
        require_positive(std=self.std)

    @staticmethod
    def formula(std: object) -> str:
        return f"W ~ N(0, {text(std)}^2)"

    def standard_deviation(self, fans: Fans) -> float:
        return self.std

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        return distributions.normal(symmetric(shape, source)).mul_(self.std)


@dataclass(frozen=True, slots=True)
class TruncatedNormal(Law):
    """Normal with mean zero, cut off at ±bound standard deviations s of the uncut normal.

    `std` is the standard deviation of the values after the cut, so that s is
    ``std / truncated_std(bound)``.
    """

    std: float
    bound: float = TRUNCATION

    def __post_init__(self) -> None:
        require_positive(std=self.std, bound=self.bound)
        if self.bound < 0.01:
            raise InputError(f"bound is {self.bound:g}: so short a cut is uniform; use uniform")

    @staticmethod
    def formula(std: object, bound: object) -> str:
        return f"W ~ N(0, {text(std)}^2) after a cut at ±{text(bound)} s"

    def standard_deviation(self, fans: Fans) -> float:
        return self.std

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        return distributions.truncated_normal(symmetric(shape, source), self.bound).mul_(self.std)


@dataclass(frozen=True, slots=True)
class VarianceScaling(Law):
    r"""Mean zero and variance :math:`s / n`, where n is the fan-in, the fan-out or their mean.

    The engine behind LeCun's, Glorot's and He's initializers (Keras gave it this name).
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "normal"

    def __post_init__(self) -> None:
        require_positive(scale=self.scale)
        if self.mode not in MODES:
            raise unknown("mode", self.mode, MODES)
        if self.distribution not in DISTRIBUTIONS:
            raise unknown("distribution", self.distribution, DISTRIBUTIONS)

    @staticmethod
    def formula(scale: float, mode: str, distribution: str) -> str:
        top, fans = (2 * scale, "(fan_in + fan_out)") if mode == "fan_avg" else (scale, mode)
        if distribution == "uniform":
            limit = f"sqrt({text(3 * top)} / {fans})"
            return f"W ~ U(-{limit}, {limit})"
        cut = f" after a cut at ±{TRUNCATION:g} s" if distribution == "truncated_normal" else ""
        return f"W ~ N(0, {text(top)} / {fans}){cut}"

    def standard_deviation(self, fans: Fans) -> float:
        return math.sqrt(self.scale / fans.of_mode(self.mode))

    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        unit = DISTRIBUTIONS[self.distribution](symmetric(shape, source))
        return unit.mul_(self.standard_deviation(fans))
