"""Linear layers whose weights an initializer of the catalogue draws."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from initscope.errors import InputError
from initscope.initializers import Fans, get
from initscope.streams import Stream

PYTORCH = "pytorch"
"""In place of an initializer: layers stay as PyTorch makes them."""


def drawer(init: str, bias_std: float) -> Callable[[int, int], nn.Linear]:
    """Return what makes a linear layer; it is left empty where an initializer fills it.

    Raises:
        InputError: the initializer is unknown, or PyTorch's own is to have other biases.
    """
    if init != PYTORCH:
        get(init)
        return lambda fan_in, units: nn.utils.skip_init(nn.Linear, fan_in, units)
    if bias_std:
        raise InputError("bias_std needs an initializer, such as init=he_normal")
    return nn.Linear


def draw_(model: nn.Module, init: str, bias_std: float) -> None:
    """Fill every linear layer, by torch's current seed and the parameter's name.

    The numbers are those that :func:`initscope.init_` draws with this seed; biases are normal.
    """
    if init == PYTORCH:
        return
    weights, seed = get(init), torch.initial_seed()
    biases = get("normal", std=bias_std) if bias_std else get("zeros")
    for name, layer in model.named_modules():
        if isinstance(layer, nn.Linear):
            fans = Fans(layer.in_features, layer.out_features)
            with torch.no_grad():
                weights.fill_(layer.weight, fans, Stream(seed, f"{name}.weight"))
                biases.fill_(layer.bias, None, Stream(seed, f"{name}.bias"))
