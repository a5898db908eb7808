"""The distribution of an activation's squared slope over a normal preactivation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation
from initscope.theory.quadrature import scaled_rule

Array = NDArray[np.float64]

_TINY = 1e-12  # a second moment that stands for zero: f is looked at on both sides of it
_SAME = 1e-9  # relative distance of two squared slopes that is rounding
_FLAT = 20  # consecutive nodes with one slope, a panel's worth, that make a straight piece
_LEAST_ATOM = 1e-5  # flat ends far out hold less, and are no straight pieces
_NO_MASS = 1e-13
_NO_SLOPE = 1e-18
_FAR = 676.0  # standard deviations at which a slope that still grows or falls has no bound


@dataclass(frozen=True, slots=True)
class SlopeLaw:
    """A discrete law that stands for f'(x)^2 divided by its mean.

    Attributes:
        mean: E[f'(x)^2].
        values: squared slopes over their mean, ascending.
        weights: their probabilities.
        atoms: indices of the values that f'^2 takes on whole intervals.
        is_bounded: whether f'^2 has an upper bound.
        is_positive: whether f'^2 has a lower bound above zero.
    """

    mean: float
    values: Array
    weights: Array
    atoms: tuple[int, ...]
    is_bounded: bool
    is_positive: bool

    @property
    def is_constant(self) -> bool:
        """Whether f has one slope up to sign."""
        return len(self.values) == 1


def slope_law(f: Activation, q: float) -> SlopeLaw:
    """Return the law of f'(x)^2 for x normal with variance q.

    Raises:
        InputError: the activation is flat almost everywhere.
    """
    scale = max(q, _TINY)
    x, weights = scaled_rule(f, scale)
    slopes = f.derivative(x)
    squares = slopes**2
    mean = float(weights @ squares)
    if mean < _NO_SLOPE:
        raise InputError(f"{f.name} is flat almost everywhere: its Jacobian is zero")
    squares /= mean
    flat = _flat(squares)
    # One value for each slope that straight pieces share; smooth pieces keep their nodes.
    _, index = np.unique(np.where(flat, np.round(squares, 9), squares), return_inverse=True)
    masses = np.bincount(index, weights)
    kept = masses > _NO_MASS
    values = np.bincount(index, weights * squares)[kept] / masses[kept]
    straight = (np.bincount(index, weights * flat) > _LEAST_ATOM)[kept]
    atoms = tuple(int(i) for i in np.flatnonzero(straight))
    masses = masses[kept] / masses[kept].sum()
    far = f.derivative(np.linspace(-_FAR, _FAR, 2001) * scale**0.5) ** 2 / mean
    is_bounded = bool(far.max() < 4 * values[-1] + _SAME)
    is_positive = bool(min(far.min(), values[0]) > _SAME) and not _crosses_zero(slopes)
    return SlopeLaw(mean, values, masses, atoms, is_bounded, is_positive)


def _flat(squares: Array) -> NDArray[np.bool_]:
    """Say which nodes lie in a run of one slope."""
    start = np.flatnonzero(np.abs(np.diff(squares, prepend=np.inf)) > _SAME * squares.max())
    length = np.diff(np.append(start, len(squares)))
    return np.repeat(length >= _FLAT, length)


def _crosses_zero(slopes: Array) -> bool:
    """Whether the slope passes through zero, and does not jump over it."""
    step = np.abs(np.diff(slopes))
    return bool(np.any((slopes[:-1] * slopes[1:] < 0) & (step < 0.2 * np.abs(slopes).max())))
