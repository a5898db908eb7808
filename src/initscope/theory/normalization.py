"""Growth of gradients through layers that normalize: batch, layer and root-mean-square."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

from initscope.errors import InputError
from initscope.theory.activation import Activation, activation
from initscope.theory.arguments import require_choice, require_count, require_scale
from initscope.theory.batch_sphere import BatchSphere
from initscope.theory.moments import Moments, moments

Order = Literal["before", "after"]

_CONSTANT = 1e-15  # a variance that is none, relative to the second moment


def batch_norm_growth(f: str | Activation | Callable[..., Any], batch: int | None = None) -> float:
    r"""Return the growth of the gradient's second moment per layer under batch normalization.

    A layer is linear (Gaussian weights of any scale), batch normalization, activation, in training
    mode with scale 1 and shift 0; the network is wide, and so deep that all pairs of the batch are
    alike. For an infinite batch, x standard normal (Yang et al., 2019, "A mean field theory of
    batch normalization"):

    .. math::
        \frac{E[f'(x)^2]}{Var[f(x)]}

    which is :math:`\pi / (\pi - 1)` for ReLU, 1 for linear f, and above it for any other, by
    Poincare's inequality. For a batch of B the normalized preactivations y are uniform on a sphere
    (:class:`BatchSphere`) and

    .. math::
        \frac{B}{B-3} \cdot \frac{E[f_1'^2] - \frac{1}{B} (E[f_1'^2] - E[f_1' f_2'])
        - \frac{1}{B} (E[y_1^2 f_1'^2] - E[y_1 y_2 f_1' f_2'])}{E[f_1^2] - E[f_1 f_2]}

    B / (B - 3) is the mean inverse variance of a batch; the two terms that are taken off are what
    normalization removes from the gradient: its mean, and its part along y. For linear f this is
    (B - 2) / (B - 3), as there.

    Args:
        f: an activation by name, or any function of one variable.
        batch: B, from 4; None for an infinite one. For smaller batches the mean is infinite.

    Raises:
        InputError: batch is below 4, or f is constant.

    >>> round(batch_norm_growth("relu"), 4), round(batch_norm_growth("identity", batch=8), 4)
    (1.4669, 1.2)
    """
    function = activation(f)
    if batch is None:
        found = moments(function, 1.0)
        return found.slope_second / _variance(function, found)
    require_count("batch", batch, least=4)
    sphere, slope = BatchSphere(function, batch), function.derivative
    kept = sphere.mean(lambda y: slope(y) ** 2)
    from_mean = kept - sphere.product_mean(slope)
    along = sphere.mean(lambda y: (y * slope(y)) ** 2) - sphere.product_mean(lambda y: y * slope(y))
    second = sphere.mean(lambda y: function(y) ** 2)
    centred = second - sphere.product_mean(function)
    if centred <= _CONSTANT * second:
        raise _is_constant(function)
    return batch / (batch - 3) * (kept - from_mean / batch - along / batch) / centred


def batch_norm_correlation(
    f: str | Activation | Callable[..., Any], batch: int | None = None
) -> float:
    r"""Return the cosine of two examples' activations deep in a batch-normalized network.

    Normalized preactivations of two examples have correlation -1 / (B - 1), whatever came in, so
    that with y as in :func:`batch_norm_growth` activations have

    .. math::
        c^* = \frac{E[f(y_1) f(y_2)]}{E[f(y_1)^2]} \to \frac{E[f(x)]^2}{E[f(x)^2]}

    as B grows: examples neither collapse onto one another nor keep their own distances.

    Raises:
        InputError: batch is below 4, or f is zero almost everywhere.

    >>> round(batch_norm_correlation("relu"), 4)  # 1 / pi
    0.3183
    """
    function = activation(f)
    if batch is None:
        found = moments(function, 1.0)
        product, second = found.mean**2, found.second
    else:
        require_count("batch", batch, least=4)
        sphere = BatchSphere(function, batch)
        product, second = sphere.product_mean(function), sphere.mean(lambda y: function(y) ** 2)
    if second == 0:
        raise _is_constant(function)
    return product / second


def layer_norm_growth(
    f: str | Activation | Callable[..., Any], order: Order = "before", sigma_w: float = 1.0
) -> float:
    r"""Return the growth of the gradient's second moment per layer under layer normalization.

    Features of one example are centred and divided by their standard deviation, with scale 1 and
    shift 0. Wide layers with Gaussian weights of variance :math:`\sigma_w^2 / n` and no biases:

    - "before": linear, normalization, activation. Features have mean zero already, and the weights'
      scale falls out: :math:`E[f'(x)^2] / E[f(x)^2]`, x standard normal; 1 for ReLU.
    - "after": linear, activation, normalization. The mean of the activation is taken off:
      :math:`\sigma_w^2 E[f'(x)^2] / Var[f(x)]`, x of variance :math:`\sigma_w^2`;
      :math:`\pi / (\pi - 1)` for ReLU.

    The gradient's parts along the mean and along the features are one of n each, and vanish.
    Follows Ba, Kiros and Hinton (2016) for the operation; the factor is the quotient of the
    backward and the forward gain of the layer (Schoenholz et al., 2017, eq. 5, at fixed variance).

    Args:
        f: an activation by name, or any function of one variable.
        order: "before" or "after": where normalization stands relative to the activation.
        sigma_w: scale of the weights; it counts for "after" alone.

    Raises:
        InputError: an argument is out of its range, or f is constant.

    >>> round(layer_norm_growth("relu"), 4), round(layer_norm_growth("relu", "after"), 4)
    (1.0, 1.4669)
    """
    function, found = _normalized(f, order, sigma_w)
    if order == "before":
        return found.slope_second / _second(function, found)
    return sigma_w**2 * found.slope_second / _variance(function, found)


def rms_norm_growth(
    f: str | Activation | Callable[..., Any], order: Order = "before", sigma_w: float = 1.0
) -> float:
    r"""Return the growth of the gradient's second moment per layer under RMS normalization.

    Features are divided by their root mean square and not centred (Zhang and Sennrich, 2019). As
    :func:`layer_norm_growth`, but with :math:`E[f(x)^2]` in both orders.

    Raises:
        InputError: an argument is out of its range, or f is zero almost everywhere.

    >>> round(rms_norm_growth("tanh"), 4), round(rms_norm_growth("relu", "after"), 4)
    (1.1778, 1.0)
    """
    function, found = _normalized(f, order, sigma_w)
    scale = 1.0 if order == "before" else sigma_w**2
    return scale * found.slope_second / _second(function, found)


def _normalized(
    f: str | Activation | Callable[..., Any], order: str, sigma_w: float
) -> tuple[Activation, Moments]:
    """Return the moments at the second moment that preactivations have at f."""
    require_choice("order", order, get_args(Order))
    require_scale("sigma_w", sigma_w)
    if sigma_w == 0:
        raise InputError("sigma_w is 0: nothing is left to normalize; expected a number above 0")
    function = activation(f)
    return function, moments(function, 1.0 if order == "before" else sigma_w**2)


def _second(f: Activation, found: Moments) -> float:
    if found.second == 0:
        raise _is_constant(f)
    return found.second


def _variance(f: Activation, found: Moments) -> float:
    variance = found.second - found.mean**2
    if variance <= _CONSTANT * found.second:
        raise _is_constant(f)
    return variance


def _is_constant(f: Activation) -> InputError:
    return InputError(f"{f.name} is constant almost everywhere: normalization divides by zero")
