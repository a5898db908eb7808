"""Parts that the built-in networks are made of."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from initscope.errors import unknown

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "celu": nn.CELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "hardswish": nn.Hardswish,
    "hardtanh": nn.Hardtanh,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
}
"""Activations that torch.nn has as modules."""

NORMS: dict[str, Callable[[int], nn.Module]] = {
    "none": lambda _width: nn.Identity(),
    "batch": nn.BatchNorm1d,
    "layer": nn.LayerNorm,
    "rms": nn.RMSNorm,
}
"""Normalizations of vectors."""

NORMS_OF_IMAGES: dict[str, Callable[[int], nn.Module]] = {
    "none": lambda _channels: nn.Identity(),
    "batch": nn.BatchNorm2d,
    "layer": lambda channels: nn.GroupNorm(1, channels),
}
"""Normalizations of images, over channels or over a whole image."""

POOLINGS: dict[str, Callable[[], nn.Module]] = {
    "mean": lambda: nn.AdaptiveAvgPool2d(1),
    "max": lambda: nn.AdaptiveMaxPool2d(1),
    "none": nn.Identity,
}
"""What is left of the positions of an image in front of the head."""


def made(name: str) -> nn.Module:
    """Return an activation's module.

    Raises:
        InputError: torch.nn has none of this name.
    """
    if name not in ACTIVATIONS:
        raise unknown("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]()


class Residual(nn.Module):
    """x + scale * branch(x)."""

    def __init__(self, branch: nn.Module, scale: float = 1.0) -> None:
        super().__init__()
        self.branch = branch
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch."""
        y: Tensor = self.branch(x)
        return x + (y if self.scale == 1 else self.scale * y)


class Attention(nn.Module):
    """Multi-head self-attention with packed projections."""

    def __init__(self, width: int, heads: int, *, causal: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Attend within each sequence of (batch, length, width)."""
        batch, length, width = x.shape
        parts = self.qkv(x).reshape(batch, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        found: Tensor = self.out(mixed)
        return found


class LastStep(nn.Module):
    """The output of a recurrent layer at its last time step."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, hidden)."""
        steps: Tensor = self.layer(x)[0]
        return steps[:, -1]


class MeanStep(nn.Module):
    """The mean over the steps of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, width)."""
        return x.mean(1)


class Positions(nn.Module):
    """Learned positions, added to embedded tokens."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(length, width)

    def forward(self, x: Tensor) -> Tensor:
        """Add a row to each position."""
        y: Tensor = x + self.table(torch.arange(x.shape[1], device=x.device))
        return y
