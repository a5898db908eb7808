"""The named activations: function, derivative, break points, flat ends, citation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
Function = Callable[..., Array]

_SQRT_2 = 2**0.5
_SQRT_2_OVER_PI = (2 / np.pi) ** 0.5
_INVERSE_SQRT_2_PI = (2 * np.pi) ** -0.5
_SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al., 2017, eq. 14
_SELU_SCALE = 1.0507009873554804934193349852946


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of activations.

    Args:
        name: what users type.
        function: f(x), with the parameters as keywords.
        derivative: f'(x) almost everywhere, with the same keywords.
        citation: author, year.
        breaks: points at which f or one of its first two derivatives jumps.
        lower: the value that f tends to, or keeps, at minus infinity; None where it has none.
        upper: likewise at plus infinity.
        defaults: parameters with their default values.
    """

    name: str
    function: Function
    derivative: Function
    citation: str
    breaks: tuple[float, ...] = ()
    lower: Callable[..., float] | None = None
    upper: Callable[..., float] | None = None
    defaults: tuple[tuple[str, float], ...] = ()


def _at(value: float) -> Callable[..., float]:
    return lambda **_parameters: value


def _normal_density(x: Array) -> Array:
    density: Array = np.exp(-x * x / 2) * _INVERSE_SQRT_2_PI
    return density


def _leaky_relu(x: Array, a: float) -> Array:
    return np.where(x > 0, x, a * x)


def _leaky_relu_derivative(x: Array, a: float) -> Array:
    return np.where(x > 0, 1.0, a)


def _elu(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _elu_derivative(x: Array, alpha: float) -> Array:
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


def _celu(x: Array, alpha: float) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))


def _celu_derivative(x: Array, alpha: float) -> Array:
    return np.where(x > 0, 1.0, np.exp(np.minimum(x, 0) / alpha))


def _gelu_tanh(x: Array) -> Array:
    gate: Array = special.expit(2 * _SQRT_2_OVER_PI * (x + 0.044715 * x**3))
    return x * gate


def _gelu_tanh_derivative(x: Array) -> Array:
    inner = 2 * _SQRT_2_OVER_PI * (x + 0.044715 * x**3)
    gate: Array = special.expit(inner)
    closed: Array = special.expit(-inner)
    slope = 2 * _SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x)
    total: Array = gate + x * gate * closed * slope
    return total


def _silu_derivative(x: Array) -> Array:
    gate: Array = special.expit(x)
    closed: Array = special.expit(-x)
    return gate * (1 + x * closed)


def _softplus(x: Array) -> Array:
    return np.logaddexp(0, x)


def _mish_derivative(x: Array) -> Array:
    bent, gate = np.tanh(_softplus(x)), special.expit(x)
    slope: Array = bent + x * (1 - bent * bent) * gate
    return slope


def _hardswish_derivative(x: Array) -> Array:
    return np.where(x > 3, 1.0, np.where(x < -3, 0.0, (2 * x + 3) / 6))


ROWS: tuple[Row, ...] = (
    Row("identity", lambda x: x, np.ones_like, "Saxe et al., 2014 (linear networks)"),
    Row(
        "relu",
        lambda x: np.maximum(x, 0.0),
        lambda x: np.where(x > 0, 1.0, 0.0),
        "Nair and Hinton, 2010",
        breaks=(0.0,),
        lower=_at(0.0),
    ),
    Row(
        "leaky_relu",
        _leaky_relu,
        _leaky_relu_derivative,
        "Maas, Hannun and Ng, 2013",
        breaks=(0.0,),
        defaults=(("a", 0.01),),
    ),
    Row(
        "prelu",
        _leaky_relu,
        _leaky_relu_derivative,
        "He et al., 2015",
        breaks=(0.0,),
        defaults=(("a", 0.25),),
    ),
    Row(
        "elu",
        _elu,
        _elu_derivative,
        "Clevert, Unterthiner and Hochreiter, 2016",
        breaks=(0.0,),
        lower=lambda alpha: -alpha,
        defaults=(("alpha", 1.0),),
    ),
    Row(
        "selu",
        lambda x: _SELU_SCALE * _elu(x, _SELU_ALPHA),
        lambda x: _SELU_SCALE * _elu_derivative(x, _SELU_ALPHA),
        "Klambauer et al., 2017",
        breaks=(0.0,),
        lower=_at(-_SELU_SCALE * _SELU_ALPHA),
    ),
    Row(
        "celu",
        _celu,
        _celu_derivative,
        "Barron, 2017",
        breaks=(0.0,),
        lower=lambda alpha: -alpha,
        defaults=(("alpha", 1.0),),
    ),
    Row(
        "gelu",
        lambda x: x * special.ndtr(x),
        lambda x: special.ndtr(x) + x * _normal_density(x),
        "Hendrycks and Gimpel, 2016",
        lower=_at(0.0),
    ),
    Row(
        "gelu_tanh",
        _gelu_tanh,
        _gelu_tanh_derivative,
        "Hendrycks and Gimpel, 2016 (approximation)",
        lower=_at(0.0),
    ),
    Row(
        "silu",
        lambda x: x * special.expit(x),
        _silu_derivative,
        "Elfwing, Uchibe and Doya, 2018",
        lower=_at(0.0),
    ),
    Row(
        "mish", lambda x: x * np.tanh(_softplus(x)), _mish_derivative, "Misra, 2019", lower=_at(0.0)
    ),
    Row(
        "hardswish",
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        _hardswish_derivative,
        "Howard et al., 2019",
        breaks=(-3.0, 3.0),
        lower=_at(0.0),
    ),
    Row(
        "hardtanh",
        lambda x: np.clip(x, -1, 1),
        lambda x: np.where(np.abs(x) < 1, 1.0, 0.0),
        "Collobert, 2004",
        breaks=(-1.0, 1.0),
        lower=_at(-1.0),
        upper=_at(1.0),
    ),
    Row(
        "tanh",
        np.tanh,
        lambda x: 1 / np.cosh(np.clip(x, -350, 350)) ** 2,
        "LeCun et al., 1998",
        lower=_at(-1.0),
        upper=_at(1.0),
    ),
    Row(
        "sigmoid",
        special.expit,
        lambda x: special.expit(x) * special.expit(-x),
        "Rumelhart, Hinton and Williams, 1986",
        lower=_at(0.0),
        upper=_at(1.0),
    ),
    Row("softplus", _softplus, special.expit, "Dugas et al., 2001", lower=_at(0.0)),
    Row(
        "softsign",
        lambda x: x / (1 + np.abs(x)),
        lambda x: 1 / (1 + np.abs(x)) ** 2,
        "Glorot and Bengio, 2010",
        breaks=(0.0,),
        lower=_at(-1.0),
        upper=_at(1.0),
    ),
    Row("sin", np.sin, np.cos, "Sitzmann et al., 2020"),
    Row(
        "erf",
        special.erf,
        lambda x: 2 * _normal_density(_SQRT_2 * x) * _SQRT_2,
        "Williams, 1997",
        lower=_at(-1.0),
        upper=_at(1.0),
    ),
    Row(
        "relu_squared",
        lambda x: np.maximum(x, 0.0) ** 2,
        lambda x: 2 * np.maximum(x, 0.0),
        "So et al., 2021",
        breaks=(0.0,),
        lower=_at(0.0),
    ),
)

ALIASES = {"linear": "identity", "swish": "silu", "relu2": "relu_squared", "gelu_new": "gelu_tanh"}

NAMES: dict[str, Row] = {row.name: row for row in ROWS}
NAMES |= {alias: NAMES[name] for alias, name in ALIASES.items()}
"""Every name and alias with its row."""
