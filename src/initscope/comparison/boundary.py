"""How deep a plain perceptron should train, by mean-field theory."""

from __future__ import annotations

import math

from initscope.comparison.experiment import Setting
from initscope.errors import InputError
from initscope.initializers import Initializer, sigma_w
from initscope.theory import MeanField
from initscope.training import MLP, Start

LAYERS_PER_SCALE = 6
"""Depth that trains, in depth scales: measured by Schoenholz et al. (2017, figure 5) for tanh."""


def trainable_depth(setting: Setting, initializer: Start) -> float | None:
    r"""Predict to what depth a perceptron trains: six depth scales (Schoenholz et al., 2017).

    .. math:: L = 6 \xi, \qquad \xi = \frac{1}{|\ln \chi|}

    where :math:`\chi` is the slope of the correlation map at its stable fixed point, so that
    two inputs stay apart for about :math:`\xi` layers; where this slope is one, as for ReLU,
    :math:`\chi_1`, the factor that the gradient's second moment takes a layer. The factor 6 is a
    measurement on tanh networks trained by plain gradient descent, not a law: optimizers that
    rescale gradients, or clipping, may train deeper.

    Args:
        setting: the network, its biases from zero, and the gain on its weights.
        initializer: of the hidden layers.

    Returns:
        A number of layers, infinity where nothing decays; None where theory has no word: layers of
        different widths, normalization or branches, weights that are not random, an activation
        that it does not know.

    >>> from initscope import MLP, Data, Training, get
    >>> tanh = Setting(Data("digits"), MLP((64, 64), "tanh"), Training(), gain=0.8)
    >>> round(trainable_depth(tanh, get("lecun_normal")), 1)
    13.4
    """
    network = setting.network
    if not isinstance(initializer, Initializer):
        return None
    if not isinstance(network, MLP) or not network.is_plain:
        return None
    try:
        scale = sigma_w(initializer, network.hidden[0])
        if not scale:
            return None
        field = MeanField(network.activation, setting.gain * scale)
        slope = field.chi_c
        if math.isinf(field.xi_c) or math.isinf(field.q_star):
            slope = field.chi_1
    except InputError:
        return None
    return _scales(slope)


def _scales(slope: float) -> float:
    if slope <= 0:
        return 0.0
    rate = abs(math.log(slope)) if math.isfinite(slope) else math.inf
    return LAYERS_PER_SCALE / rate if rate > 1e-6 else math.inf
