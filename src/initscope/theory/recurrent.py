"""Mean-field theory of a vanilla recurrent network: time as depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from initscope.theory.activation import Activation
from initscope.theory.arguments import require_count, require_scale
from initscope.theory.mean_field import MeanField, Phase


@dataclass(frozen=True)
class Recurrent:
    """What a wide recurrent network does over many steps.

    Attributes:
        field: the deep network that it is in mean-field theory; inputs count as biases.
    """

    field: MeanField

    @property
    def q_star(self) -> float:
        """Second moment of the preactivations after many steps."""
        return self.field.q_star

    @property
    def chi_1(self) -> float:
        """Growth a step of the second moment of gradients, and of small changes of the state."""
        return self.field.chi_1

    @property
    def phase(self) -> Phase:
        """Ordered where states forget how they began, chaotic where they do not, or critical."""
        return self.field.phase

    @property
    def memory(self) -> float:
        """Steps in which the squared trace of a changed state falls by a factor e.

        Infinite where it does not fall: at the critical point, and in chaos.
        """
        if self.chi_1 == 0:
            return 0.0
        return float("inf") if self.phase != "ordered" else float(-1 / np.log(self.chi_1))

    @property
    def spectral_radius(self) -> float:
        """Largest absolute eigenvalue of the recurrent matrix: sigma_w.

        By the circular law (Girko, 1985) for independent entries, and exactly for sigma_w times an
        orthogonal matrix.
        """
        return self.field.sigma_w

    def second_moments(self, steps: int) -> tuple[float, ...]:
        """Return the preactivations' second moment after each step, from a state of zeros.

        Raises:
            InputError: steps is not a whole number from 1.
        """
        require_count("steps", steps)
        found = [self.field.sigma_b**2]
        for _ in range(steps - 1):
            found.append(self.field.variance_map(found[-1]))
        return tuple(found)


def recurrent(
    f: str | Activation | Callable[..., Any],
    sigma_w: float,
    sigma_v: float = 0.0,
    sigma_b: float = 0.0,
    input_second_moment: float = 1.0,
) -> Recurrent:
    r"""Return the mean-field theory of :math:`z_t = W h_{t-1} + U x_t + b`, :math:`h_t = f(z_t)`.

    W has entries of variance :math:`\sigma_w^2 / n` for n units, U of :math:`\sigma_v^2 / m` for m
    inputs of second moment R, b of :math:`\sigma_b^2`. As the width grows,

    .. math::
        q_{t+1} = \sigma_w^2 E[f(\sqrt{q_t}\, z)^2] + \sigma_v^2 R + \sigma_b^2, \qquad
        \chi_1 = \sigma_w^2 E[f'(\sqrt{q^*}\, z)^2]

    Weights that are tied in time give the same as fresh ones (Chen, Pennington and Schoenholz,
    2018, "Dynamical isometry and a mean field theory of RNNs"). The singular values of
    T steps' Jacobian are those of :func:`jacobian_spectrum` at depth T and this q*.

    Gated cells (LSTM, GRU) are not covered: their states add up in time, and are not normal.

    Args:
        f: an activation by name, or any function of one variable.
        sigma_w: scale of the recurrent weights.
        sigma_v: scale of the input weights.
        sigma_b: standard deviation of the biases.
        input_second_moment: R, the mean square of an input's features.

    Raises:
        InputError: an argument is negative or not finite, or the activation cannot be used.

    >>> found = recurrent("tanh", sigma_w=1.0, sigma_v=0.5)
    >>> round(found.q_star, 4), round(found.chi_1, 4), round(found.memory, 2)
    (0.5346, 0.5799, 1.84)
    """
    require_scale("sigma_v", sigma_v)
    require_scale("sigma_b", sigma_b)
    require_scale("input_second_moment", input_second_moment)
    drive = sigma_v**2 * input_second_moment + sigma_b**2
    return Recurrent(MeanField(f, sigma_w, drive**0.5))
