"""Growth of signals and gradients along a residual stream, and the branch scale that bounds it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from scipy.optimize import brentq

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_choice, require_count, require_scale
from initscope.theory.curves import curves
from initscope.theory.moments import Moments, moments
from initscope.theory.power_curve import second_moment, slope_second_moment

Normalization = Literal["batch", "layer"]

_SAME = 1e-11  # relative distance of moments that is rounding
_WIDEST = 1e12  # how far from 1 / sqrt(depth) a branch scale is looked for


@dataclass(frozen=True, slots=True)
class ResidualGrowth:
    """Second moments along a residual stream of L blocks.

    Attributes:
        activation: its name.
        branch_scale: alpha.
        signal: second moment of the stream before the first block and after each, L + 1 numbers.
        gradient: second moment of the gradient at the same places, relative to the last.
    """

    activation: str
    branch_scale: float
    signal: tuple[float, ...]
    gradient: tuple[float, ...]

    @property
    def signal_growth(self) -> float:
        """Factor of the signal's second moment from the first block to the last."""
        return self.signal[-1] / self.signal[0]

    @property
    def gradient_growth(self) -> float:
        """Factor of the gradient's second moment from the last block back to the first."""
        return self.gradient[0]


def residual_growth(  # noqa: PLR0913 - a branch's parameters, and how it stands in the network
    f: str | Activation | Callable[..., Any],
    sigma_w: float,
    sigma_b: float = 0.0,
    *,
    depth: int,
    branch_scale: float = 1.0,
    branch_layers: int = 1,
    normalization: Normalization | None = None,
    q: float = 1.0,
) -> ResidualGrowth:
    r"""Return the growth along :math:`x_{l+1} = x_l + \alpha F_l(x_l)`, l from 0 to L - 1.

    The branch is W f(x) + b, or W' f(W f(x) + b) + b' of two layers, with weights of variance
    :math:`\sigma_w^2 / n`; x_0 is normal with variance q. It ends in its weight, so that branch
    and stream are uncorrelated, as are their gradients, and with v the branch's second moment and
    chi its gradient's factor

    .. math::
        q_{l+1} = q_l + \alpha^2 v(q_l), \qquad g_l = g_{l+1} (1 + \alpha^2 \chi(q_l))

    - without normalization v is the variance map and :math:`\chi = \sigma_w^2 E[f'(x)^2]`, both
      applied once a layer of the branch (Yang and Schoenholz, 2017, "Mean field residual
      networks"). ReLU at He's scale and alpha = 1 doubles either in every block.
    - "layer": each activation has normalization in front (layer or RMS normalization: features have
      mean zero). Then v does not depend on q, the signal grows linearly, :math:`\chi =
      \sigma_w^2 E[f'^2] / q_l`, and the gradient grows as a power of depth. A second layer
      multiplies chi by :math:`\sigma_w^2 E[f'^2] / v`.
    - "batch": as "layer", for an infinite batch of examples that are uncorrelated at x_0. The
      divisor is the variance over the batch, which grows by
      :math:`\alpha^2 \sigma_w^2 Var[f]` a block and not by all of v (Yang et al., 2019).

    A branch f(W x) that ends in its activation is another matter where f has a mean: under ReLU
    the means of all branches add up, and the stream grows faster than here.

    Args:
        f: an activation by name, or any function of one variable.
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases.
        depth: number of blocks L.
        branch_scale: alpha.
        branch_layers: 1 or 2.
        normalization: None, "batch" or "layer".
        q: second moment of x_0, above zero.

    Raises:
        InputError: an argument is out of its range, or f is constant where it is normalized.

    >>> round(residual_growth("relu", 2**0.5, depth=10).signal_growth, 6)  # 2^10
    1024.0
    >>> normalized = residual_growth("relu", 2**0.5, depth=10, normalization="layer")
    >>> round(normalized.signal_growth, 6), round(normalized.gradient_growth, 6)
    (11.0, 11.0)
    """
    _require(sigma_w, sigma_b, depth, branch_layers, normalization)
    require_scale("branch_scale", branch_scale)
    if not 0 < q < float("inf"):
        raise InputError(f"second moment {q}: expected a finite number above 0")
    function = activation(f)
    branch: Branch
    if normalization is None:
        branch = _PlainBranch(function, sigma_w, sigma_b, branch_layers)
    else:
        found = moments(function, 1.0)
        branch = _NormalizedBranch(function, found, sigma_w, sigma_b, branch_layers, normalization)
    signal, factors, centred = [q], [], q
    for _ in range(depth):
        output, centred_output, chi = branch(signal[-1], centred)
        signal.append(signal[-1] + branch_scale**2 * output)
        centred += branch_scale**2 * centred_output
        factors.append(1 + branch_scale**2 * chi)
    with np.errstate(over="ignore"):
        gradient = np.cumprod([1.0, *reversed(factors)])[::-1]
    return ResidualGrowth(function.name, branch_scale, tuple(signal), tuple(gradient.tolist()))


def stable_branch_scale(  # noqa: PLR0913 - those of the branch, and two of the wish
    depth: int,
    f: str | Activation | Callable[..., Any] = "relu",
    sigma_w: float = 2**0.5,
    sigma_b: float = 0.0,
    *,
    growth: float = math.e,
    branch_layers: int = 1,
    normalization: Normalization | None = None,
) -> float:
    r"""Return the largest alpha at which L blocks grow neither signal nor gradient beyond a factor.

    For scale-free activations without biases and normalization a block multiplies either second
    moment by :math:`1 + \alpha^2 \kappa`, :math:`\kappa = (\sigma_w^2 E[f'^2])^k` for k layers a
    branch, and

    .. math::
        \alpha = \sqrt{(G^{1/L} - 1) / \kappa} \approx \sqrt{\ln G / (\kappa L)}

    which for G = e is the rule :math:`1 / \sqrt L` (Hayou et al., 2021, "Stable ResNet"; with a
    learned scalar, De and Smith, 2020). Otherwise the scale is solved for from
    :func:`residual_growth`.

    It is for branches W f(x) that end in their weight. Of branches relu(W x) the means add up:
    at He's scale and :math:`\alpha = 1 / \sqrt L` thirty of them multiply the signal by
    more than a hundred, and alpha has to be of the order 1 / L.

    Args:
        depth: number of blocks L.
        f: an activation by name, or any function of one variable.
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases.
        growth: the factor G, above 1.
        branch_layers: 1 or 2.
        normalization: None, "batch" or "layer".

    Raises:
        InputError: an argument is out of its range, or the branch is zero at any scale.

    >>> round(stable_branch_scale(100), 6)  # sqrt(e^(1/100) - 1)
    0.100251
    """
    _require(sigma_w, sigma_b, depth, branch_layers, normalization)
    if not 1 < growth < float("inf"):
        raise InputError(f"growth is {growth}: expected a finite number above 1")
    function = activation(f)
    found = moments(function, 1.0)
    if sigma_w == 0 or found.second == 0:
        raise InputError("the branch is zero: it bounds no branch scale; expected sigma_w above 0")
    if normalization is None and sigma_b == 0 and _is_scale_free(function):
        kappa = (sigma_w**2 * found.slope_second) ** branch_layers
        return math.sqrt(math.expm1(math.log(growth) / depth) / kappa)
    grown = partial(
        residual_growth,
        function,
        sigma_w,
        sigma_b,
        depth=depth,
        branch_layers=branch_layers,
        normalization=normalization,
    )
    return _solved(grown, growth, -math.log(depth) / 2)


def _solved(grown: Callable[..., ResidualGrowth], growth: float, middle: float) -> float:
    """Return the branch scale, near e^middle, at which the larger moment grows by the factor."""

    def excess(log_scale: float) -> float:
        found = grown(branch_scale=math.exp(log_scale))
        size = min(max(found.signal_growth, found.gradient_growth), _WIDEST * growth)
        return math.log(size / growth)

    reach = math.log(_WIDEST)
    return math.exp(float(brentq(excess, middle - reach, middle + reach, xtol=1e-12)))


Branch = Callable[[float, float], tuple[float, float, float]]
"""From the stream's second moment and its variance over the batch: those of the branch, and chi."""


@dataclass(frozen=True, slots=True)
class _PlainBranch:
    f: Activation
    sigma_w: float
    sigma_b: float
    layers: int

    def __call__(self, q: float, centred: float) -> tuple[float, float, float]:
        chi = 1.0
        for _ in range(self.layers):
            chi *= self.sigma_w**2 * float(slope_second_moment(self.f, q))
            q = self.sigma_w**2 * float(second_moment(self.f, q)) + self.sigma_b**2
        return q, 0.0, chi


@dataclass(frozen=True, slots=True)
class _NormalizedBranch:
    f: Activation
    at_one: Moments
    sigma_w: float
    sigma_b: float
    layers: int
    normalization: Normalization

    def __call__(self, q: float, centred: float) -> tuple[float, float, float]:
        output = self.sigma_w**2 * self.at_one.second + self.sigma_b**2
        variance = self.sigma_w**2 * (self.at_one.second - self.at_one.mean**2)
        divisor, inner = (centred, variance) if self.normalization == "batch" else (q, output)
        if self.layers == 2 and inner <= _SAME * output:
            raise InputError(f"{self.f.name} is constant: normalization divides by zero")
        power = self.sigma_w**2 * self.at_one.slope_second
        chi = power / divisor * (power / inner if self.layers == 2 else 1.0)
        return output, variance, chi


def _is_scale_free(f: Activation) -> bool:
    """Whether E[f^2] is proportional to q, and E[f'^2] then the same at every q."""
    table = curves(f)
    ratio = table.second / table.q
    return bool(np.ptp(ratio) <= _SAME * ratio.max())


def _require(
    sigma_w: float, sigma_b: float, depth: int, branch_layers: int, normalization: object
) -> None:
    require_scale("sigma_w", sigma_w)
    require_scale("sigma_b", sigma_b)
    require_count("depth", depth)
    if branch_layers not in (1, 2):
        raise InputError(f"branch_layers is {branch_layers!r}: expected 1 or 2")
    if normalization is not None:
        require_choice("normalization", normalization, get_args(Normalization))
