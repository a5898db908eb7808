"""Singular values of a deep network's input-output Jacobian at initialization."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import (
    require_choice,
    require_count,
    require_scale,
    require_variance,
)
from initscope.theory.free_product import FreeProduct
from initscope.theory.fuss_catalan import fuss_catalan_density
from initscope.theory.mean_field import MeanField
from initscope.theory.slope_law import SlopeLaw, slope_law

Array = NDArray[np.float64]
Weights = Literal["gaussian", "orthogonal"]

_FAR = 1e6  # stands for infinity where signals grow on


@dataclass(frozen=True)
class Spectrum:
    """Distribution of the squared singular values of a Jacobian, in the limit of great width.

    Attributes:
        activation: its name.
        weights: "gaussian" or "orthogonal".
        depth: number of layers L.
        q: second moment of the preactivations, the same in every layer.
        chi: mean squared singular value of one layer, sigma_w^2 E[f'(x)^2].
        mean: mean of the squared singular values, chi^L; infinite where it overflows.
        relative_variance: their variance over the squared mean.
        law: the squared slopes that it was computed from.
    """

    activation: str
    weights: Weights
    depth: int
    q: float
    chi: float
    mean: float
    relative_variance: float
    law: SlopeLaw

    @property
    def variance(self) -> float:
        """Variance of the squared singular values."""
        return float(self.relative_variance * np.float64(self.mean) ** 2)

    @cached_property
    def maximum(self) -> float:
        """Upper end of the squared singular values; infinite where the slope has no bound."""
        return self.mean * self._product.maximum()

    @cached_property
    def minimum(self) -> float:
        """Lower end of the squared singular values."""
        lowest = self._product.minimum()
        return self.mean * lowest if lowest else 0.0

    @property
    def condition(self) -> float:
        """Largest over smallest singular value; infinite where the smallest is zero."""
        lowest = self._product.minimum()
        return float((self._product.maximum() / lowest) ** 0.5) if lowest else float("inf")

    @property
    def zero_share(self) -> float:
        """Share of singular values that are zero: that of one layer, at any depth."""
        return sum(mass for value, mass in self.atoms if value == 0)

    @cached_property
    def atoms(self) -> tuple[tuple[float, float], ...]:
        """Squared singular values that a share of all takes, each with that share."""
        return tuple((self.mean * value, mass) for value, mass in self._product.atoms())

    def density(self, x: ArrayLike) -> Array:
        """Return the density of the squared singular values at x, beside the atoms.

        In closed form for linear networks, else from the S-transform to about six digits; beyond
        the ends it is zero.

        Raises:
            InputError: the network is a single orthogonal layer with a curved activation, whose
                squared singular values are those of its slopes; or the mean overflows.
        """
        if not 0 < self.mean < float("inf"):
            raise InputError(f"the mean squared singular value is {self.mean:g}: no density")
        y = np.asarray(x, dtype=np.float64) / self.mean
        is_gaussian = self.weights == "gaussian"
        if self.law.is_constant:
            return fuss_catalan_density(y, self.depth) / self.mean if is_gaussian else 0 * y
        if self.depth == 1 and not is_gaussian:
            if len(self.law.atoms) == len(self.law.values):
                return 0 * y
            raise InputError(
                "depth 1 with orthogonal weights: the squared singular values are those of the "
                "slopes, sigma_w^2 f'(x)^2; ask for 2 layers or more, or Gaussian weights"
            )
        density = np.zeros_like(y)
        inside = (y > self._product.minimum()) & (y < self._product.maximum())
        if inside.any():
            density[inside] = self._product.density(y[inside]) / self.mean
        return density

    @cached_property
    def _product(self) -> FreeProduct:
        return FreeProduct(self.law, self.depth, self.weights == "gaussian")


def jacobian_spectrum(  # noqa: PLR0913 - a network's five parameters, and where it works
    f: str | Activation | Callable[..., Any],
    sigma_w: float,
    sigma_b: float = 0.0,
    depth: int = 1,
    weights: Weights = "gaussian",
    *,
    q: float | None = None,
) -> Spectrum:
    r"""Return the spectrum of :math:`J J^T` for :math:`J = \prod_{l=1}^L D_l W_l`.

    :math:`D_l` holds the slopes f'(x) at preactivations x of variance q; weights are Gaussian of
    variance :math:`\sigma_w^2 / n`, or :math:`\sigma_w` times a random orthogonal matrix. With
    :math:`\mu_k = E[f'(x)^{2k}]` and :math:`\chi = \sigma_w^2 \mu_1` the squared singular values
    have

    .. math::
        m_1 = \chi^L, \qquad
        \frac{m_2 - m_1^2}{m_1^2} = L \left( \frac{\mu_2}{\mu_1^2} - 1 - s_1 \right)

    with :math:`s_1 = -1` for Gaussian and 0 for orthogonal weights, at chi = 1 and away from it
    alike, since a factor on J scales both sides (Pennington, Schoenholz and Ganguli, 2017,
    "Resurrecting the sigmoid in deep learning through dynamical isometry"). Ends, atoms and density
    come from the S-transform (the same, 2018, "The emergence of spectral universality in deep
    networks"), in closed form for linear networks.

    Widths are equal and great; preactivations are independent between layers.

    Args:
        f: an activation by name, or any function of one variable.
        sigma_w: scale of the weights, above zero.
        sigma_b: standard deviation of the biases; they count through q only.
        depth: number of layers L.
        weights: "gaussian" or "orthogonal".
        q: second moment of the preactivations; by default the fixed point q*. Where q* is reached
            slowly, as at critical points, a network of few layers works at a larger one.

    Raises:
        InputError: an argument is out of its range, or the activation cannot be used or is flat.

    >>> found = jacobian_spectrum("relu", 2**0.5, depth=10)
    >>> round(found.mean, 6), round(found.relative_variance, 6), round(found.zero_share, 6)
    (1.0, 20.0, 0.5)
    >>> round(jacobian_spectrum("identity", 1.0, depth=2).maximum, 6)  # 27 / 4
    6.75
    """
    require_choice("weights", weights, get_args(Weights))
    require_count("depth", depth)
    require_scale("sigma_w", sigma_w)
    if sigma_w == 0:
        raise InputError("sigma_w is 0: the Jacobian is zero; expected a number above 0")
    field = MeanField(f, sigma_w, sigma_b)
    q = field.q_star if q is None else q
    require_variance(q if np.isfinite(q) else _FAR)
    law = slope_law(activation(field.f), q if np.isfinite(q) else _FAR)
    chi = sigma_w**2 * law.mean
    s_1 = -1 if weights == "gaussian" else 0
    ratio = float(law.weights @ law.values**2)
    with np.errstate(over="ignore"):
        mean = float(np.float64(chi) ** depth)
    relative = max(depth * (ratio - 1 - s_1), 0.0)
    return Spectrum(field.activation.name, weights, depth, q, chi, mean, relative, law)
