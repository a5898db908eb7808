"""Second moments by position in deep convolutional networks: borders and spatial modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_choice, require_count, require_scale
from initscope.theory.mean_field import CRITICAL
from initscope.theory.power_curve import second_moment

Array = NDArray[np.float64]
Padding = Literal["zeros", "circular"]
KernelWeights = Literal["gaussian", "delta_orthogonal"]


@dataclass(frozen=True, slots=True)
class ConvolutionProfile:
    """Second moments of the preactivations, by layer and position.

    Attributes:
        activation: its name.
        padding: "zeros" or "circular".
        second_moments: an array over positions for the input and after each layer.
    """

    activation: str
    padding: Padding
    second_moments: tuple[Array, ...]

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean over positions, by layer."""
        return tuple(float(values.mean()) for values in self.second_moments)

    @property
    def corner(self) -> tuple[float, ...]:
        """The first position's, by layer: with zero padding the poorest."""
        return tuple(float(values.flat[0]) for values in self.second_moments)

    @property
    def centre(self) -> tuple[float, ...]:
        """The middle position's, by layer: the last that a border reaches."""
        return tuple(
            float(values[tuple(n // 2 for n in values.shape)]) for values in self.second_moments
        )


def convolution_profile(  # noqa: PLR0913, PLR0917 - a convolution has this many aspects
    f: str | Activation | Callable[..., Any],
    sigma_w: float,
    sigma_b: float,
    sizes: int | Sequence[int],
    kernel: int | Sequence[int],
    depth: int,
    *,
    padding: Padding = "zeros",
    stride: int = 1,
    q: ArrayLike = 1.0,
) -> ConvolutionProfile:
    r"""Return second moments by position through convolutions :math:`z = W * f(z') + b`.

    Weights have variance :math:`\sigma_w^2 / n` for a fan-in n of channels times kernel positions.
    For many channels (Xiao et al., 2018, "Dynamical isometry and a mean field theory of CNNs"),

    .. math::
        q_{l+1}(x) = \frac{\sigma_w^2}{k} \sum_{|t| \le k/2} E[f(\sqrt{q_l(x+t)}\, z)^2] +
        \sigma_b^2

    with k positions of the kernel; what lies outside counts zero, or comes from the other side.
    Where all positions agree this is the map of a dense layer, so that gains carry over; with zero
    padding it is smaller at the border. Padding is that of PyTorch's ``padding="same"``; every
    stride-th position is kept.

    Args:
        f: an activation by name, or any function of one variable.
        sigma_w: scale of the weights.
        sigma_b: standard deviation of the biases.
        sizes: length, or height and width, of the input.
        kernel: size of the kernel, or one for each dimension.
        depth: number of layers.
        padding: "zeros" or "circular".
        stride: in every dimension and layer.
        q: second moment of the input, one number or one for each position.

    Raises:
        InputError: an argument is out of its range, or the activation cannot be used.

    >>> profile = convolution_profile("relu", 2**0.5, 0.0, sizes=5, kernel=3, depth=1)
    >>> [round(value, 3) for value in profile.second_moments[1].tolist()]
    [0.667, 1.0, 1.0, 1.0, 0.667]
    """
    require_scale("sigma_w", sigma_w)
    require_scale("sigma_b", sigma_b)
    require_choice("padding", padding, get_args(Padding))
    require_count("depth", depth)
    require_count("stride", stride)
    shape, taps = _dimensions(sizes, kernel)
    function = activation(f)
    layers = [_start(q, shape)]
    for _ in range(depth):
        values = second_moment(function, layers[-1])
        for axis, k in enumerate(taps):
            values = _window_mean(values, axis, k, padding, stride)
        layers.append(sigma_w**2 * values + sigma_b**2)
    return ConvolutionProfile(function.name, padding, tuple(layers))


def border_share(sizes: int | Sequence[int], kernel: int | Sequence[int]) -> float:
    r"""Return the share of a convolution's taps that fall on zero padding.

    Of one dimension of n positions and an odd kernel k = 2r + 1, n from r, it is
    :math:`r (r + 1) / (n k)`; what is inside multiplies over dimensions. It is the loss of the mean
    second moment in the first layer: the effective fan-in is smaller by it.

    Raises:
        InputError: a size is not a whole number from 1.

    >>> round(border_share((8, 8), 3), 6)  # 1 - (1 - 1/12)^2
    0.159722
    """
    inside = 1.0
    for n, k in zip(*_dimensions(sizes, kernel), strict=True):
        inside *= float(_window_mean(np.ones(n), 0, k, "zeros", 1).mean())
    return 1 - inside


def border_decay(sizes: int | Sequence[int], kernel: int | Sequence[int]) -> float:
    r"""Return the factor a layer at which zero padding makes deep scale-free networks fade.

    It is the largest eigenvalue of the average over taps, :math:`(1 + 2 \cos\frac{\pi}{n+1}) / 3`
    for a kernel of 3 on n positions, and the product over dimensions. The first layers lose
    :func:`border_share`; then the profile takes the eigenvector's shape, and all positions fade
    alike.

    Raises:
        InputError: a size is not a whole number from 1.

    >>> round(border_decay((8, 8), 3), 6)
    0.921207
    """
    decay = 1.0
    for n, k in zip(*_dimensions(sizes, kernel), strict=True):
        average = _window_mean(np.eye(n), 0, k, "zeros", 1)
        decay *= float(np.abs(np.linalg.eigvals(average)).max())
    return decay


@dataclass(frozen=True, slots=True)
class ConvolutionModes:
    """How fast spatial modes of a covariance decay, beside the average over positions.

    Attributes:
        rates: factor a layer of each mode relative to the average's; an entry for each frequency
            2 pi j / n, in as many dimensions.
        depth_scales: layers in which each mode falls by a factor e; infinite where it does not.
    """

    rates: Array
    depth_scales: Array


def convolution_modes(
    sizes: int | Sequence[int],
    kernel: int | Sequence[int],
    chi: float = 1.0,
    weights: KernelWeights = "gaussian",
) -> ConvolutionModes:
    r"""Return the rates of Fourier modes of a small perturbation, with circular padding.

    A perturbation of the covariance of signals that varies over positions as
    :math:`e^{i \theta x}` is multiplied in every layer by (Xiao et al., 2018)

    .. math::
        \chi \lambda_\theta, \qquad \lambda_\theta = \Big| \frac{1}{k} \sum_t e^{i\theta t} \Big|

    so that only the average survives at chi = 1, and deep features lose where they were. Weights at
    the kernel's centre alone, orthogonal between channels (delta-orthogonal), have
    :math:`\lambda_\theta = 1`: all modes survive.

    Args:
        sizes: length, or height and width.
        kernel: size of the kernel, or one for each dimension.
        chi: susceptibility of the average, such as chi_1.
        weights: "gaussian" or "delta_orthogonal".

    Raises:
        InputError: an argument is out of its range.

    >>> convolution_modes(6, 3).rates.round(4).tolist()
    [1.0, 0.6667, 0.0, 0.3333, 0.0, 0.6667]
    """
    require_choice("weights", weights, get_args(KernelWeights))
    require_scale("chi", chi)
    shape, taps = _dimensions(sizes, kernel)
    rates = np.ones(shape)
    if weights == "gaussian":
        for axis, (n, k) in enumerate(zip(shape, taps, strict=True)):
            angle = 2 * np.pi * np.arange(n) / n
            rate = np.abs(np.exp(1j * np.outer(angle, np.arange(k))).mean(axis=1))
            rates *= rate.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    growth = chi * rates
    is_kept = growth > 1 - CRITICAL
    fading = np.where(is_kept, 0.5, np.maximum(growth, np.finfo(float).tiny))
    return ConvolutionModes(rates, np.where(is_kept, np.inf, -1 / np.log(fading)))


def _window_mean(values: Array, axis: int, k: int, padding: Padding, stride: int) -> Array:
    """Average over k neighbours along an axis, at every stride-th position."""
    ends = [(0, 0)] * values.ndim
    ends[axis] = ((k - 1) // 2, k // 2)
    padded = np.pad(values, ends, mode="wrap" if padding == "circular" else "constant")
    windows = np.lib.stride_tricks.sliding_window_view(padded, k, axis=axis)
    kept = [slice(None)] * values.ndim
    kept[axis] = slice(None, None, stride)
    mean: Array = windows[tuple(kept)].mean(axis=-1)
    return mean


def _dimensions(
    sizes: int | Sequence[int], kernel: int | Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = tuple(sizes) if isinstance(sizes, Sequence) else (sizes,)
    taps = tuple(kernel) if isinstance(kernel, Sequence) else (kernel,) * len(shape)
    if len(taps) != len(shape) or not shape:
        raise InputError(
            f"sizes {sizes!r} and kernel {kernel!r}: expected one kernel size, or one a dimension"
        )
    for n, k in zip(shape, taps, strict=True):
        require_count("size", n)
        require_count("kernel", k)
    return shape, taps


def _start(q: ArrayLike, shape: tuple[int, ...]) -> Array:
    values = np.asarray(q, dtype=np.float64)
    if values.ndim and values.shape != shape:
        raise InputError(f"q has shape {values.shape}: expected one number, or shape {shape}")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise InputError("q holds what is no second moment: expected finite numbers from 0")
    return np.broadcast_to(values, shape).copy()
