"""Where depth does no harm: critical points, and the edge of chaos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_scale
from initscope.theory.curves import HIGHEST, curves
from initscope.theory.mean_field import MeanField
from initscope.theory.moments import Moments, moments
from initscope.theory.roots import EXACT, crossings, root

Stability = Literal["neutral", "stable", "half-stable", "unstable"]

_FLAT = 1e-12  # a mean squared slope that is none
_STEP = 1e-3  # relative distance at which the sides of a fixed point are looked at
_ORDER: tuple[Stability, ...] = ("neutral", "stable", "half-stable", "unstable")


class NoCriticalPointError(InputError):
    """The activation has none; the message says why."""


@dataclass(frozen=True, slots=True)
class CriticalPoint:
    """Scales at which the parallel susceptibility and chi_1 are both one.

    Attributes:
        activation: its name.
        q_star: second moment of the preactivations; where "neutral", any other does as well.
        sigma_w: scale of the weights: their standard deviation is sigma_w / sqrt(fan_in).
        sigma_b: standard deviation of the biases.
        stability: whether the variance map draws q towards q_star: "neutral" (every q is fixed),
            "stable", "half-stable" (from one side) or "unstable". At slope one this goes by
            powers of depth, not exponentially.
    """

    activation: str
    q_star: float
    sigma_w: float
    sigma_b: float
    stability: Stability


@dataclass(frozen=True, slots=True)
class EdgeOfChaos:
    """Scales at which chi_1 is one, so that gradients neither vanish nor explode.

    Attributes:
        activation: its name.
        q_star: the fixed point of the variance map.
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases, as given.
        chi_parallel: slope of the variance map at q_star.
        stability: whether the variance map draws q towards q_star. Where it does not, only signals
            that start there stay there, and :class:`MeanField` ends elsewhere.
    """

    activation: str
    q_star: float
    sigma_w: float
    sigma_b: float
    chi_parallel: float
    stability: Stability


def critical_point(f: str | Activation | Callable[..., Any]) -> CriticalPoint:
    r"""Return the scales at which signals and gradients survive any depth.

    Both susceptibilities are one (Roberts, Yaida and Hanin, 2022, section 5.1):

    .. math::
        \chi_1 = \sigma_w^2 E[f'(x)^2] = 1, \qquad
        \chi_\parallel = \sigma_w^2 \frac{d}{dq} E[f(x)^2] = 1, \qquad
        q^* = \sigma_w^2 E[f(x)^2] + \sigma_b^2

    with x normal of variance q*. Where there are several, the most stable one is returned; see
    :func:`critical_points` for all.

    Raises:
        NoCriticalPointError: there is none; the message says why.
        InputError: the activation cannot be used.

    >>> found = critical_point("gelu")
    >>> round(found.q_star, 6), round(found.sigma_w**2, 6), round(found.sigma_b**2, 6)
    (3.561553, 1.983058, 0.172922)
    >>> critical_point("tanh")
    CriticalPoint(activation='tanh', q_star=0.0, sigma_w=1.0, sigma_b=0.0, stability='stable')
    """
    function = activation(f)
    found = critical_points(function)
    if not found:
        raise NoCriticalPointError(f"{function.name} has no critical point: {_reason(function)}")
    return min(found, key=lambda point: (_ORDER.index(point.stability), point.q_star))


def critical_points(f: str | Activation | Callable[..., Any]) -> tuple[CriticalPoint, ...]:
    """Return every critical point with q* up to 1e10, ascending in q*.

    Raises:
        InputError: the activation cannot be used.
    """
    function = activation(f)
    origin = moments(function, 0.0)
    difference = _difference(function)
    if origin.second == 0 and np.abs(difference).max() < EXACT:
        one = moments(function, 1.0)
        return (_point(function, one, one.slope_second**-0.5, 0.0, "neutral"),)
    points = []
    if _is_linear(origin):
        sigma_w = origin.slope_second**-0.5
        points.append(_point(function, origin, sigma_w, 0.0, _stability(function, origin, sigma_w)))
    for q in _equal_susceptibilities(function):
        found = moments(function, q)
        bias = _bias(found)
        if bias >= -EXACT * found.q:
            sigma_w, sigma_b = found.slope_second**-0.5, max(bias, 0.0) ** 0.5
            stability = _stability(function, found, sigma_w, sigma_b)
            points.append(_point(function, found, sigma_w, sigma_b, stability))
    return tuple(points)


def edge_of_chaos(f: str | Activation | Callable[..., Any], sigma_b: float = 0.0) -> EdgeOfChaos:
    r"""Return the sigma_w at which chi_1 is one, for given biases (Poole et al., 2016).

    On the edge :math:`\sigma_w^{-2} = E[f'(x)^2]` and :math:`q^* - \sigma_b^2 =
    \sigma_w^2 E[f(x)^2]`, with x normal of variance q*. Of several solutions the most stable one is
    returned, and of those the one with the smallest q*.

    Raises:
        NoCriticalPointError: for these biases there is none; the message says why.
        InputError: sigma_b is negative, or the activation cannot be used.

    >>> found = edge_of_chaos("tanh", sigma_b=0.05**0.5)
    >>> round(found.sigma_w**2, 2)  # 1.76 in Schoenholz et al., 2017, figure 5
    1.76
    """
    require_scale("sigma_b", sigma_b)
    function = activation(f)
    found = [_edge(function, at, sigma_b) for at in _edge_candidates(function, sigma_b)]
    if not found:
        raise NoCriticalPointError(
            f"{function.name} has no edge of chaos at sigma_b={sigma_b:g}: wherever chi_1 is one, "
            "the variance map moves the second moment on"
        )
    return min(found, key=lambda edge: (_ORDER.index(edge.stability), edge.q_star))


def bias_at_edge(f: Activation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Return the edge of chaos as a curve over the table's q: sigma_w and sigma_b squared.

    :math:`\sigma_b^2 = q - E[f^2] / E[f'^2]`; where it is below zero there is no edge.
    """
    table = curves(f)
    steep = table.slope_second > _FLAT * table.slope_second.max()
    slope = np.where(steep, table.slope_second, np.nan)
    relative = 1 - table.second / slope / table.q
    return slope**-0.5, table.q * np.where(np.abs(relative) < EXACT, 0.0, relative)


def _edge_candidates(f: Activation, sigma_b: float) -> list[Moments]:
    """Return where the variance map has a fixed point if chi_1 is one."""
    origin, table = moments(f, 0.0), curves(f)
    sigma_w, bias = bias_at_edge(f)
    distance = np.where(np.isfinite(sigma_w), (bias - sigma_b**2) / table.q, 0.0)
    if np.abs(distance).max() < EXACT:
        return [moments(f, 1.0)]
    found = [origin] if sigma_b == 0 and _is_linear(origin) else []
    for index in crossings(distance):
        low, high = float(table.q[index]), float(table.q[index + 1])
        q = root(lambda q: _bias(moments(f, q)) - sigma_b**2, low, high)
        found.append(moments(f, q))
    return found


def _edge(f: Activation, at: Moments, sigma_b: float) -> EdgeOfChaos:
    sigma_w = at.slope_second**-0.5
    stability = _stability(f, at, sigma_w, sigma_b)
    return EdgeOfChaos(f.name, at.q, sigma_w, sigma_b, sigma_w**2 * at.response, stability)


def _is_linear(origin: Moments) -> bool:
    """Whether small signals pass as through a linear function."""
    return origin.second == 0 and origin.slope_second > _FLAT


def _difference(f: Activation) -> NDArray[np.float64]:
    """Relative difference of the two susceptibilities along the table."""
    table = curves(f)
    size = np.maximum(table.slope_second + np.abs(table.response), 1e-300)
    return (table.response - table.slope_second) / size


def _equal_susceptibilities(f: Activation) -> list[float]:
    q = curves(f).q

    def difference(q: float) -> float:
        found = moments(f, q)
        return found.response - found.slope_second

    # Towards zero the two agree to rounding in any function that is smooth there.
    return [
        root(difference, float(q[i]), float(q[i + 1]))
        for i in crossings(_difference(f))
        if abs(_difference(f)[i]) > EXACT
    ]


def _bias(found: Moments) -> float:
    return found.q - found.second / found.slope_second


def _stability(f: Activation, at: Moments, sigma_w: float, sigma_b: float = 0.0) -> Stability:
    """Look at which way the variance map moves q on either side."""
    field = MeanField(f, sigma_w, sigma_b)
    if field.is_scale_free:
        return "neutral"
    if at.q == 0:
        return "stable" if field.variance_map(_STEP) < _STEP else "unstable"
    low, high = at.q * (1 - _STEP), at.q * (1 + _STEP)
    draws = int(field.variance_map(low) > low) + int(field.variance_map(high) < high)
    return _ORDER[3 - draws]


def _point(
    f: Activation, at: Moments, sigma_w: float, sigma_b: float, stability: Stability
) -> CriticalPoint:
    return CriticalPoint(f.name, at.q, sigma_w, sigma_b, stability)


def _reason(f: Activation) -> str:
    """Say in numbers why both susceptibilities cannot be one."""
    for q in _equal_susceptibilities(f):
        bias = _bias(moments(f, q))
        return (
            f"both susceptibilities are one only at q = {q:.4g}, where sigma_b^2 would have to be "
            f"{bias:.4g}, below zero"
        )
    table = curves(f)
    ratio = table.response / table.slope_second.clip(1e-300)
    relation = "above" if ratio.min() > 1 else "below" if ratio.max() < 1 else "apart from"
    return (
        f"the parallel susceptibility is {relation} chi_1 at every q up to {HIGHEST:g}: their "
        f"ratio runs from {ratio.min():.4g} to {ratio.max():.4g}; signal and gradient cannot both "
        "be kept"
    )
