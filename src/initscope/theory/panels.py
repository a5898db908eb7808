"""A function of one variable, resolved into panels on each of which it is a polynomial.

Panels are halved until a Chebyshev series of fixed degree represents the function to rounding
(Battles and Trefethen, 2004, "An extension of MATLAB to continuous functions and operators"; with
splitting at points that are not smooth, Pachon, Platte and Trefethen, 2010, "Piecewise-smooth
chebfuns"). They say where a quadrature needs nodes, where the function has kinks and jumps, and
what its derivative is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from initscope.errors import InputError

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_DEGREE = 15
_TAIL = 3  # coefficients that must be negligible for a panel to be resolved
_MOST_PANELS = 2_000
_TOLERANCES = (1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-3)
_NARROW = 2.0**-40  # relative width at which an unresolved panel is taken for a break
_MEETING = 1e-4  # relative distance beyond which neighbouring panels do not meet

_points = chebyshev.chebpts1(_DEGREE + 1)
_ends = np.concatenate([s * (1 - 2.0 ** -np.arange(8, 33, 2)) for s in (-1, 1)])
_at_ends = chebyshev.chebvander(_ends, _DEGREE).T
_to_coefficients = np.linalg.inv(chebyshev.chebvander(_points, _DEGREE)).T


@dataclass(frozen=True, slots=True)
class Panels:
    """The resolved function on [edges[0], edges[-1]].

    Attributes:
        edges: ends of the panels, ascending.
        coefficients: Chebyshev coefficients of the function, a row for each panel.
        jumps: where it jumps.
        kinks: where it does not, but its derivative does.
        bends: where neither does, but its second derivative.
        tolerance: size of the coefficients that were neglected, relative to the panel's largest.
    """

    edges: Array
    coefficients: Array
    jumps: Array
    kinks: Array
    bends: Array
    tolerance: float

    @property
    def breaks(self) -> Array:
        """Every point that is not smooth."""
        return np.sort(np.concatenate([self.jumps, self.kinks, self.bends]))

    def derivative(self, x: Array) -> Array:
        """Return the derivative at points between the ends, almost everywhere."""
        index = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, len(self.edges) - 2)
        left, right = self.edges[index], self.edges[index + 1]
        half = (right - left) / 2
        series = chebyshev.chebder(self.coefficients, axis=1)[index]
        slope = _clenshaw(series, (x - (left + right) / 2) / half) / half
        # In a panel that holds a break the series is a bridge between its sides.
        return np.where(_is_narrow(left, right), 0.0, slope)


def resolve(function: Function, low: float, high: float, breaks: Sequence[float] = ()) -> Panels:
    """Resolve a function between two ends.

    Args:
        function: vectorized, finite between the ends.
        low: the lower end.
        high: the upper end.
        breaks: points that are known not to be smooth; others are found.

    Raises:
        InputError: the function is not finite somewhere, or is rough everywhere.
    """
    inner = np.array([*_dyadic(max(-low, high)), *breaks])
    start = np.unique(np.concatenate([[low, high], inner[(inner > low) & (inner < high)]]))
    scale = float(np.max(np.abs(_evaluate(function, np.linspace(-1, 1, 32)))))
    for tolerance in _TOLERANCES:
        floor = tolerance * (scale or 1.0) / 100
        try:
            edges, coefficients = _refine(function, start, tolerance, floor)
            narrow = np.flatnonzero(_is_narrow(edges[:-1], edges[1:]))
            if len(narrow):
                # Once more, with each break in a panel of its own and long panels beside it.
                known = np.unique(np.concatenate([start, edges[narrow], edges[narrow + 1]]))
                edges, coefficients = _refine(function, known, tolerance, floor)
        except _TooRoughError:
            continue
        edges, coefficients = _merge(function, edges, coefficients, tolerance, floor)
        breaks_found = _breaks(edges, coefficients, max(_MEETING, 1e6 * tolerance))
        return Panels(edges, coefficients, *breaks_found, tolerance)
    raise InputError(
        f"the function varies too fast between {low:g} and {high:g}: expected one that is "
        "piecewise smooth at that scale"
    )


class _TooRoughError(Exception):
    """More panels than a piecewise smooth function needs."""


def _refine(
    function: Function, start: Array, tolerance: float, floor: float
) -> tuple[Array, Array]:
    left, right = start[:-1], start[1:]
    kept_left, kept_coefficients = [], []
    count = 0
    while len(left):
        middle, half = (left + right) / 2, (right - left) / 2
        values = _evaluate(function, (middle[:, None] + half[:, None] * _points).ravel())
        coefficients = values.reshape(len(left), -1) @ _to_coefficients
        size = np.abs(coefficients)
        tail = size[:, -_TAIL:].max(axis=1)
        narrow = half < _NARROW * (1 + np.abs(middle))
        allowed = np.maximum(tolerance * size.max(axis=1), floor)
        done = tail <= allowed
        done[done] = _meets(function, middle[done], half[done], coefficients[done], allowed[done])
        done |= narrow
        kept_left.append(left[done])
        kept_coefficients.append(coefficients[done])
        count += int(done.sum())
        left, right, middle = left[~done], right[~done], middle[~done]
        if count + 2 * len(left) > _MOST_PANELS:
            raise _TooRoughError
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    lefts = np.concatenate(kept_left)
    order = np.argsort(lefts)
    return np.append(lefts[order], start[-1]), np.concatenate(kept_coefficients)[order]


def _meets(
    function: Function, middle: Array, half: Array, coefficients: Array, allowed: Array
) -> NDArray[np.bool_]:
    """Say which series are right next to their ends, too, where no Chebyshev point lies."""
    values = _evaluate(function, (middle[:, None] + half[:, None] * _ends).ravel())
    distance = np.abs(coefficients @ _at_ends - values.reshape(len(middle), len(_ends))).max(axis=1)
    return np.asarray(distance <= 100 * allowed)


def _merge(
    function: Function, edges: Array, coefficients: Array, tolerance: float, floor: float
) -> tuple[Array, Array]:
    """Join neighbouring panels that one series represents, until none are left.

    A joint series must also give the values that its parts give: its own points may miss them.
    """
    offset = 0
    failures = 0
    while failures < 2:
        first = np.arange(offset, len(edges) - 2, 2)
        left, middle, right = edges[first], edges[first + 1], edges[first + 2]
        half = (right - left) / 2
        points = left[:, None] + half[:, None] * (1 + _points)
        joint = _evaluate(function, points.ravel()).reshape(points.shape) @ _to_coefficients
        size = np.maximum(tolerance * np.abs(joint).max(axis=1), floor)
        good = np.abs(joint[:, -_TAIL:]).max(axis=1) <= size
        for start, stop, part in ((left, middle, first), (middle, right, first + 1)):
            t = (
                start[:, None] + (stop - start)[:, None] * (1 + _points) / 2 - left[:, None]
            ) / half[:, None] - 1
            values = chebyshev.chebvander(_points, _DEGREE) @ coefficients[part].T
            found = np.stack([_clenshaw(joint, column) for column in t.T])
            good &= np.abs(found - values).max(axis=0) <= 10 * size
        coefficients[first[good]] = joint[good]
        keep = np.ones(len(edges), dtype=bool)
        keep[first[good] + 1] = False
        edges, coefficients = edges[keep], coefficients[keep[:-1]]
        failures = 0 if good.any() else failures + 1
        offset = 1 - offset
    return edges, coefficients


def _is_narrow(left: Array, right: Array) -> NDArray[np.bool_]:
    """Say which panels are so narrow that they hold a break."""
    return (right - left) / 2 < _NARROW * (1 + np.abs(left))


def _breaks(edges: Array, coefficients: Array, meeting: float) -> tuple[Array, Array, Array]:
    """Return where the series of neighbours do not meet: in value, in slope, in curvature."""
    regular = np.flatnonzero(~_is_narrow(edges[:-1], edges[1:]))
    half = np.diff(edges)[regular] / 2
    points = (edges[regular + 1][:-1] + edges[regular][1:]) / 2
    series = coefficients[regular]
    found, earlier = [], np.zeros(len(points), dtype=bool)
    for _ in range(3):
        apart = ~earlier & (_gaps(series) > meeting)
        found.append(points[apart])
        earlier |= apart
        series = chebyshev.chebder(series, axis=1) / half[:, None]
    return found[0], found[1], found[2]


def _gaps(series: Array) -> Array:
    """Return the relative distance between the ends of neighbouring series."""
    signs = (-1.0) ** np.arange(series.shape[1])
    right_end, left_end = series.sum(axis=1), series @ signs
    size = np.abs(right_end[:-1]) + np.abs(left_end[1:])
    relative: Array = np.abs(left_end[1:] - right_end[:-1]) / (size + 1e-3)
    return relative


def _dyadic(reach: float) -> Array:
    """Zero, and the powers of two of both signs: no feature of size one can hide between them."""
    powers = 2.0 ** np.arange(0, max(1.0, np.log2(reach)))
    return np.concatenate([-powers, [0.0], powers])


def _evaluate(function: Function, x: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        values = function(x)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        at, value = float(x[bad[0]]), float(values[bad[0]])
        growth = "it grows too fast, or has a pole" if np.isinf(value) else "it is not a number"
        raise InputError(f"the function is {value} at {at:.6g}: {growth}; expected finite values")
    return values


def _clenshaw(series: NDArray[Any], t: Array) -> Array:
    """Sum one Chebyshev series a row, each at its own point."""
    later, latest = np.zeros_like(t), np.zeros_like(t)
    for column in series.T[:0:-1]:
        later, latest = column + 2 * t * later - latest, later
    return series[:, 0] + t * later - latest
