"""Random networks in plain NumPy, to hold the theory against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_correlation, require_scale, require_variance

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Simulation:
    """What random networks showed; every array has a row for each network, a column for each layer.

    Attributes:
        q: second moment of the preactivations of the first input.
        correlation: sum of products of both inputs' preactivations, relative to their sizes.
        gradient: second moment of the gradient with respect to the first input's preactivations,
            for a random gradient of second moment one at the last layer.
    """

    q: Array
    correlation: Array
    gradient: Array


def simulate(  # noqa: PLR0913 - a network, and what is sent through it
    f: str | Activation | Callable[..., Any],
    widths: Sequence[int],
    sigma_w: float,
    sigma_b: float = 0.0,
    *,
    q: float = 1.0,
    correlation: float = 0.0,
    seeds: Sequence[int] = range(50),
) -> Simulation:
    r"""Send two inputs forward, and a gradient back, through dense networks with Gaussian weights.

    Weights have standard deviation sigma_w / sqrt(fan_in). Both inputs have second moment q
    exactly, and the given correlation. Preactivations are computed in float32, sums in float64.

    Args:
        f: the activation, applied between layers.
        widths: of the input and of every layer.
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases.
        q: second moment of the inputs.
        correlation: of the inputs.
        seeds: a network for each.

    Raises:
        InputError: a number is out of range, or the activation cannot be used.

    >>> found = simulate("relu", [100, 100, 100], 2**0.5, seeds=range(3))
    >>> found.q.shape
    (3, 2)
    """
    require_variance(q)
    require_correlation(correlation)
    require_scale("sigma_w", sigma_w)
    require_scale("sigma_b", sigma_b)
    if len(widths) < 2 or min(widths) < 2:
        raise InputError(f"widths {list(widths)}: expected two or more whole numbers above 1")
    function = activation(f)
    rows = [
        _network(function, widths, (sigma_w, sigma_b), _inputs(widths[0], q, correlation), seed)
        for seed in seeds
    ]
    found = np.array(rows)
    return Simulation(found[:, 0], found[:, 1], found[:, 2])


def _inputs(width: int, q: float, c: float) -> Array:
    """Two inputs of exactly this second moment and correlation: any will do, the weights turn."""
    first = np.ones(width)
    other = np.resize([1.0, -1.0], width)
    other -= other.mean()
    other *= (width / (other @ other)) ** 0.5
    inputs: Array = np.array([first, c * first + (1 - c * c) ** 0.5 * other]) * q**0.5
    return inputs


def _network(
    f: Activation, widths: Sequence[int], scales: tuple[float, float], inputs: Array, seed: int
) -> list[list[float]]:
    """Return q, correlation and gradient of one network, each layer by layer."""
    random = np.random.default_rng(np.random.SeedSequence([seed, len(widths)]))
    sigma_w, sigma_b = scales
    signal, weights, slopes, q, c = inputs, [], [], [], []
    for fan_in, units in pairwise(widths):
        weight = random.standard_normal((units, fan_in), dtype=np.float32)
        weight *= np.float32(sigma_w / fan_in**0.5)
        bias = sigma_b * random.standard_normal(units)
        z = (signal.astype(np.float32) @ weight.T).astype(np.float64) + bias
        size = (z * z).mean(axis=1)
        q.append(float(size[0]))
        c.append(float((z[0] * z[1]).mean() / (size[0] * size[1]) ** 0.5) if size.all() else 0.0)
        weights.append(weight)
        slopes.append(f.derivative(z[0]))
        signal = f(z)
    gradient = random.standard_normal(widths[-1])
    gradient *= (widths[-1] / (gradient @ gradient)) ** 0.5
    sizes = [1.0]
    for weight, slope in zip(reversed(weights[1:]), reversed(slopes[:-1]), strict=True):
        gradient = slope * (gradient.astype(np.float32) @ weight).astype(np.float64)
        sizes.append(float((gradient * gradient).mean()))
    return [q, c, sizes[::-1]]
