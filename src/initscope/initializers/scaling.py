"""Laws whose entries are independent, on a scale that follows from the fans."""

from __future__ import annotations

import math
from dataclasses import dataclass

from initscope.errors import unknown
from initscope.initializers import distributions
from initscope.initializers.distributions import DISTRIBUTIONS, TRUNCATION
from initscope.initializers.fans import MODES, Fans
from initscope.initializers.filling import Transform
from initscope.initializers.law import Independent, known, require_positive, text


@dataclass(frozen=True, slots=True)
class VarianceScaling(Independent):
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

    def standard_deviation(self, fans: Fans | None) -> float:
        return math.sqrt(self.scale / known(fans).of_mode(self.mode))

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        limit = self.standard_deviation(fans) * DISTRIBUTIONS[self.distribution].bound
        return -limit, limit

    def kurtosis(self, fans: Fans | None) -> float:
        return DISTRIBUTIONS[self.distribution].kurtosis

    def transform(self, fans: Fans | None) -> Transform:
        quantile, std = DISTRIBUTIONS[self.distribution].quantile, self.standard_deviation(fans)
        return lambda v: quantile(v).mul_(std)


@dataclass(frozen=True, slots=True)
class Siren(Independent):
    r"""Uniform on ±c for networks of sines, :math:`\sin(\omega (W x + b))`.

    In the first layer, whose inputs are coordinates, :math:`c = 1 / n` with n the fan-in; in the
    others :math:`c = \sqrt{6 / n} / \omega` (Sitzmann et al., 2020, "Implicit neural
    representations with periodic activation functions", section 3.2). Sines of arguments of
    variance q make the next layer's arguments of variance

    .. math::
        q' = 2 E[\sin^2] = 1 - e^{-2 q}

    which is one behind a first layer whose arguments spread over many periods, as the paper has
    it for every layer, and falls to the fixed point 0.797. For coordinates uniform on
    :math:`\pm 1` the first layer's q is :math:`\omega^2 / (9 n)`: 50 for two of them at
    :math:`\omega = 30`.
    """

    omega: float = 30.0
    first: bool = False

    def __post_init__(self) -> None:
        require_positive(omega=self.omega)

    @staticmethod
    def formula(omega: object, first: object) -> str:
        limit = "1 / fan_in" if first else f"sqrt(6 / fan_in) / {text(omega)}"
        return f"W ~ U(-{limit}, {limit})"

    def standard_deviation(self, fans: Fans | None) -> float:
        return self.bounds(fans)[1] / math.sqrt(3)

    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        inputs = known(fans).fan_in
        limit = 1 / inputs if self.first else math.sqrt(6 / inputs) / self.omega
        return -limit, limit

    def kurtosis(self, fans: Fans | None) -> float:
        return 1.8

    def transform(self, fans: Fans | None) -> Transform:
        std = self.standard_deviation(fans)
        return lambda v: distributions.uniform(v).mul_(std)
