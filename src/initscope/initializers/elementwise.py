"""Laws whose entries are independent and identically distributed, with given parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from initscope.errors import InputError
from initscope.initializers import distributions
from initscope.initializers.box import Box
from initscope.initializers.distributions import TRUNCATION, truncated_kurtosis, truncated_std
from initscope.initializers.fans import Fans
from initscope.initializers.filling import Transform
from initscope.initializers.law import Independent, Law, require_finite, require_positive, text
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

    def standard_deviation(self, fans: Fans | None) -> float:
        return 0.0

    def mean(self, fans: Fans | None) -> float:
        return self.value

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return self.value, self.value

    def fill_(self, out: Tensor, box: Box, fans: Fans | None, source: Source) -> None:
        out.detach().fill_(float(self.value))


@dataclass(frozen=True, slots=True)
class Uniform(Independent):
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

    def standard_deviation(self, fans: Fans | None) -> float:
        return (self.high - self.low) / math.sqrt(12)

    def mean(self, fans: Fans | None) -> float:
        return (self.high + self.low) / 2

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return self.low, self.high

    def kurtosis(self, fans: Fans | None) -> float:
        return 1.8

    def transform(self, fans: Fans | None) -> Transform:
        centre, radius = (self.high + self.low) / 2, (self.high - self.low) / 2
        return lambda v: v.mul_(radius).add_(centre)


@dataclass(frozen=True, slots=True)
class Normal(Independent):
    """Normal with mean zero."""

    std: float

    def __post_init__(self) -> None:
        require_positive(std=self.std)

    @staticmethod
    def formula(std: object) -> str:
        return f"W ~ N(0, {text(std)}^2)"

    def standard_deviation(self, fans: Fans | None) -> float:
        return self.std

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        return -math.inf, math.inf

    def kurtosis(self, fans: Fans | None) -> float:
        return 3.0

    def transform(self, fans: Fans | None) -> Transform:
        return lambda v: distributions.normal(v).mul_(self.std)


@dataclass(frozen=True, slots=True)
class TruncatedNormal(Independent):
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

    def standard_deviation(self, fans: Fans | None) -> float:
        return self.std

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        limit = self.std * self.bound / truncated_std(self.bound)
        return -limit, limit

    def kurtosis(self, fans: Fans | None) -> float:
        return truncated_kurtosis(self.bound)

    def transform(self, fans: Fans | None) -> Transform:
        return lambda v: distributions.truncated_normal(v, self.bound).mul_(self.std)


@dataclass(frozen=True, slots=True)
class LogUniform(Independent):
    r"""The logarithm of a value uniform on (low, high), times a sign.

    As the bias of a forget gate it gives memories whose lengths are uniform between low and high
    (Tallec and Ollivier, 2018, "Can recurrent neural networks warp time?", section 2.2).
    """

    low: float
    high: float
    sign: int = 1

    def __post_init__(self) -> None:
        require_positive(low=self.low, high=self.high)
        if self.low >= self.high:
            raise InputError(f"low={self.low:g} is not below high={self.high:g}: swap them")
        if self.sign not in {-1, 1}:
            raise InputError(f"sign is {self.sign}: expected 1 or -1")

    @staticmethod
    def formula(low: object, high: object, sign: object) -> str:
        written = "" if sign == 1 else "-" if sign == -1 else f"{text(sign)} "
        return f"W ~ {written}log U({text(low)}, {text(high)})"

    def standard_deviation(self, fans: Fans | None) -> float:
        return math.sqrt(self._central(2))

    def mean(self, fans: Fans | None) -> float:
        return self.sign * self._expected(0.0, 1)

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        first, last = sorted(self.sign * math.log(end) for end in (self.low, self.high))
        return first, last

    def kurtosis(self, fans: Fans | None) -> float:
        return self._central(4) / self._central(2) ** 2

    def transform(self, fans: Fans | None) -> Transform:
        centre, radius = (self.high + self.low) / 2, (self.high - self.low) / 2
        return lambda v: v.mul_(radius).add_(centre).log_().mul_(self.sign)

    def _central(self, power: int) -> float:
        return self._expected(self._expected(0.0, 1), power)

    def _expected(self, centre: float, power: int) -> float:
        """Integrate (t - centre)^power over t = log u, whose density grows as e^t."""
        # Closed forms lose all digits where low is near high; 128 nodes are exact to rounding.
        nodes, weights = _gauss_legendre()
        half = (math.log(self.high) - math.log(self.low)) / 2
        density = weights * np.exp(half * (nodes - 1))
        values = (math.log(self.high) + half * (nodes - 1) - centre) ** power
        return float(values @ density / density.sum())


@cache
def _gauss_legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nodes, weights = np.polynomial.legendre.leggauss(128)
    return nodes, weights
