"""The spectrum of a product of free random matrices, from its S-transform.

For a product of L layers with squared slopes d (of mean one) and Gaussian or orthogonal weights,
the S-transforms multiply. Written in u, the point at which the transform of d is taken, the
inverse of the product's moment function M is explicit:

    m(u) = E[d / (u - d)],    y = (1 + m) / m * (m u)^L              (Gaussian weights)
                              y = (1 + m) / m * (m u / (1 + m))^L    (orthogonal weights)

with M(y) = m (Pennington, Schoenholz and Ganguli, 2018). Then 1 + M = y G, and the density is
-Im(1 + m) / (pi y). u is a subordination function: it maps the upper half plane into itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from initscope.theory.slope_law import SlopeLaw

Array = NDArray[np.float64]

_SMALLEST = 1e-10  # nearest to the law's ends that an edge is looked for, relative
_STEPS = 60  # from far above the real axis down to it
_NEWTON = 12
_CLOSE = 1e-7  # height above the real axis at which the density is read, relative to y
_NEAR, _CONVERGED = 1e-4, 1e-10  # relative moves of u that end Newton's method, on the way and last
_LEAST_ATOM = 1e-12


@dataclass(frozen=True, slots=True)
class FreeProduct:
    """A product of layers, each slopes times weights.

    Attributes:
        law: the squared slopes.
        depth: number of layers L.
        is_gaussian: Gaussian weights; orthogonal otherwise.
    """

    law: SlopeLaw
    depth: int
    is_gaussian: bool

    def log_y(self, u: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return log y, its derivative in u, and 1 + m, which is exact for small u."""
        d, weights = self.law.values, self.law.weights
        inverse = 1 / (u[..., None] - d)
        m, one_plus_m = inverse @ (weights * d), u * (inverse @ weights)
        slope = -(inverse * inverse) @ (weights * d)
        power, power_slope = np.log(m * u), slope / m + 1 / u
        if not self.is_gaussian:
            power = power - np.log(one_plus_m)
            power_slope = power_slope - slope / one_plus_m
        value = np.log(one_plus_m / m) + self.depth * power
        return value, slope / one_plus_m - slope / m + self.depth * power_slope, one_plus_m

    def maximum(self) -> float:
        """Return the upper end of the spectrum: where y(u), coming from infinity, turns."""
        if not self.law.is_bounded:
            return float("inf")
        top = float(self.law.values[-1])
        if self._is_the_slopes:
            return top**self.depth
        spread = float(self.law.weights @ self.law.values**2)
        return self._turn(top, np.geomspace(100 * self.depth * spread, _SMALLEST, 800))

    def minimum(self) -> float:
        """Return the lower end: zero, or where y(u), coming from zero, turns."""
        bottom = float(self.law.values[0])
        if self.is_gaussian or not self.law.is_positive:
            return 0.0
        if self._is_the_slopes:
            return bottom**self.depth
        near_zero = np.geomspace(1e-9 / self.depth, 0.5, 400)
        return self._turn(bottom, np.concatenate([near_zero, 1 - np.geomspace(0.49, 1e-9, 400)]), 0)

    @property
    def _is_the_slopes(self) -> bool:
        """Whether orthogonal weights leave the slopes as they are, as there is but one."""
        return not self.is_gaussian and (self.depth == 1 or self.law.is_constant)

    def _turn(self, end: float, steps: Array, above: int = 1) -> float:
        """Return y at the first zero of its derivative along u = end (above + step)."""
        u = end * (above + steps)

        def slope(u: float) -> float:
            return float(self._real(u)[1])

        slopes = np.array([slope(point) for point in u])
        turned = np.flatnonzero(slopes <= 0)
        if not len(turned) or turned[0] == 0:
            return float(np.exp(self._real(float(u[-1]))[0]))
        root = brentq(slope, u[turned[0] - 1], u[turned[0]], xtol=1e-15, rtol=1e-14)
        return float(np.exp(self._real(float(root))[0]))

    def _real(self, u: float) -> tuple[float, float]:
        """Return log y and its derivative on the real axis outside the law's support."""
        value, slope, _ = self.log_y(np.array([u], dtype=np.complex128))
        return float(value[0].real), float(slope[0].real)

    def atoms(self) -> tuple[tuple[float, float], ...]:
        """Return the values that have a probability of their own, with it.

        In free products atoms of probability p and r leave one of p + r - 1 (Bercovici and
        Voiculescu, 1998), but at zero the larger one; square Gaussian matrices leave that one only.
        """
        found = []
        for index in self.law.atoms:
            value, mass = float(self.law.values[index]), float(self.law.weights[index])
            left = mass if value == 0 else 1 - self.depth * (1 - mass)
            if value == 0 or (not self.is_gaussian and left > _LEAST_ATOM):
                found.append((value**self.depth, left))
        return tuple(found)

    def density(self, y: Array) -> Array:
        """Return the density at positive y, by continuation in the height above the real axis."""
        spread = float(self.law.weights @ self.law.values**2)
        highest = 1e3 * self.depth * spread * (1 + y)
        u = y + 1j * highest - self.depth * spread
        ratio = (_CLOSE * y / highest) ** (1 / _STEPS)
        for step in range(_STEPS):
            u = self._newton(u, np.log(y + 1j * highest * ratio**step), _NEAR)
        u = self._newton(u, np.log(y + 1j * _CLOSE * y), _CONVERGED)
        density = -self.log_y(u)[2].imag / (np.pi * y)
        height = _CLOSE * y
        for value, mass in self.atoms():  # seen from above an atom is a narrow peak
            density -= mass * height / (np.pi * ((y - value) ** 2 + height**2))
        return np.maximum(density, 0)

    def _newton(self, u: NDArray[Any], target: NDArray[Any], close: float) -> NDArray[Any]:
        for _ in range(_NEWTON):
            value, slope, _ = self.log_y(u)
            distance = value - target
            # Logarithms are known up to turns; continuation stays on the nearest.
            turns = np.round(distance.imag / (2 * np.pi))
            move = (distance - 2j * np.pi * turns) / slope
            u = np.where((u - move).imag > 0, u - move, u - move.real - 0.5j * u.imag)
            if np.all(np.abs(move) <= close * np.abs(u)):
                break
        return u
