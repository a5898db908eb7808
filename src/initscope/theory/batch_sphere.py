"""Expectations over a batch that was normalized: uniform on a sphere, with mean zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from initscope.theory.activation import Activation
from initscope.theory.quadrature import REACH, rule

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_WIDEST = 0.5  # panels of the grid, in standard deviations
_ORDER = 10


@dataclass(frozen=True, slots=True)
class BatchSphere:
    r"""B normal numbers less their mean, divided by their standard deviation.

    They are uniform on the sphere of radius :math:`\sqrt B` in the space of dimension B - 1 that is
    orthogonal to (1, ..., 1). Any two have correlation -1 / (B - 1), and one of them is
    :math:`y_1 = \sqrt{B-1} \sin\theta` with density proportional to :math:`\cos^{B-3}\theta`.
    The second is :math:`y_2 = -y_1 / (B-1) + \sqrt{B (B-2) / (B-1)} \cos\theta \sin\phi` with
    density proportional to :math:`\cos^{B-4}\phi`.

    Attributes:
        f: the activation, whose breaks are used.
        batch: B, from 4.
    """

    f: Activation
    batch: int

    def mean(self, g: Function) -> float:
        """Return E[g(y_1)]."""
        theta, weights = self._outer()
        return float(weights @ g(self._scale * np.sin(theta)))

    def product_mean(self, g: Function) -> float:
        """Return E[g(y_1) g(y_2)]."""
        theta, weights = self._outer()
        first = self._scale * np.sin(theta)
        centre = -first / (self.batch - 1)
        radius = np.cos(theta) * (self.batch * (self.batch - 2) / (self.batch - 1)) ** 0.5
        features = (self._features() - centre[:, None]) / radius[:, None]
        phi, inner = _circle_rule(features, self.batch - 4)
        second = centre[:, None] + radius[:, None] * np.sin(phi)
        values = g(second.ravel()).reshape(second.shape)
        return float((weights * g(first)) @ (inner * values).sum(axis=1))

    @property
    def _scale(self) -> float:
        return float((self.batch - 1) ** 0.5)

    def _features(self) -> Array:
        """Return the breaks; the grid is fine enough for what is smooth between them."""
        panels = self.f.panels(REACH)
        found = np.concatenate([self.f.breaks, panels.kinks, panels.jumps])
        return np.unique(found[np.abs(found) < min(self._scale, REACH)])

    def _outer(self) -> tuple[Array, Array]:
        """Return a rule whose panels also end where a break enters the inner integral."""
        breaks = self._features() / self._scale
        aslant = np.arcsin(breaks)
        turn = np.arccos(-1 / (self.batch - 1))
        ends = np.sin(np.concatenate([aslant, aslant + turn, aslant - turn]))
        theta, weights = _circle_rule(ends[None, :], self.batch - 3)
        return theta[0], weights[0]


def _circle_rule(sines: Array, power: int) -> tuple[Array, Array]:
    """Return nodes and weights of the density cos^power between -pi/2 and pi/2, a row each.

    Args:
        sines: where panels end, as sines of the angle; those outside [-1, 1] are left out.
        power: of the cosine, from 0.
    """
    reach = min(np.pi / 2, REACH / max(power, 1) ** 0.5)
    count = 1 + int(np.ceil(2 * reach * max(power, 4) ** 0.5 / _WIDEST))
    grid = np.broadcast_to(np.linspace(-reach, reach, count), (len(sines), count))
    ends = np.clip(np.arcsin(np.clip(sines, -1, 1)), -reach, reach)
    angle, weights = rule(np.sort(np.concatenate([grid, ends], axis=1), axis=1), _ORDER)
    log_norm = gammaln((power + 1) / 2) - gammaln(power / 2 + 1) + np.log(np.pi) / 2
    with np.errstate(divide="ignore"):
        density = np.exp(power * np.log(np.cos(angle)) - log_norm)
    return angle, weights * density
