"""Layers with weights of a given scale."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor, nn

Layer = TypeVar("Layer", bound=nn.Module)


def drawn(layer: Layer, std: float) -> Layer:
    """Draw a layer's weight with a standard deviation; its bias becomes zero."""
    for tensor in layer.parameters():
        if tensor.dim() > 1:
            nn.init.normal_(tensor, std=std)
        else:
            nn.init.zeros_(tensor)
    return layer


def he(layer: Layer) -> Layer:
    """Draw a layer's weight by He's rule, with torch's fan in."""
    weight = next(layer.parameters())
    return drawn(layer, (2 / weight[0].numel()) ** 0.5)


def weights(model: nn.Module) -> list[Tensor]:
    """Return the matrices and kernels of a model, in order, as their values."""
    return [each.data for each in model.parameters() if each.dim() > 1]


def biases(model: nn.Module) -> list[Tensor]:
    """Return the vectors of a model, in order, as their values."""
    return [each.data for each in model.parameters() if each.dim() == 1]
