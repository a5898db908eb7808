"""Small models on which rules fire or stay quiet, from torch alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from initscope.networks import build
from initscope.planning import init_, plan
from initscope.rules.rule import Example

Built = tuple[nn.Module, tuple[Any, ...], Mapping[str, Any]]

WIDTH = 64


def example(name: str, build: Callable[[], Built]) -> Example:
    """Name a model."""
    return Example(name, build)


def deep(activation: str, depth: int, initializer: str, width: int = WIDTH) -> Built:
    """A perceptron whose every weight comes from one initializer."""
    built = build(f"mlp:depth={depth},width={width},activation={activation}")
    init_(built.model, initializer, seed=0)
    return built.model, (built.example,), {}


def healthy_deep(activation: str, depth: int) -> Built:
    """A perceptron at the critical point of its activation."""
    built = build(f"mlp:depth={depth},width={WIDTH},activation={activation}")
    plan(built.model, "auto", built.example).apply(built.model, seed=0)
    return built.model, (built.example,), {}


def halves(activation: str, depth: int) -> Built:
    """A perceptron in which the second half of every layer's units repeats the first."""
    model, args, options = healthy_deep(activation, depth)
    for tensor in model.parameters():
        if tensor.dim() == 2 and tensor.shape[0] == WIDTH:
            _repeat(tensor)
    return model, args, options


def zero_head() -> Built:
    """A healthy perceptron whose last weight is zero."""
    model, args, options = healthy_deep("relu", 3)
    with torch.no_grad():
        list(model.parameters())[-2].zero_()
    return model, args, options


def _repeat(weight: Tensor) -> None:
    """Copy units, and make what reads them read both halves alike."""
    half = weight.shape[0] // 2
    with torch.no_grad():
        weight[half:] = weight[:half]
        if weight.shape[1] == WIDTH:
            weight[:, half:] = weight[:, :half]


def default(activation: str, depth: int) -> Built:
    """A perceptron as PyTorch initializes it."""
    built = build(f"mlp:depth={depth},width={WIDTH},activation={activation}")
    return built.model, (built.example,), {}


def odd_layer(activation: str, depth: int, factor: float) -> Built:
    """A healthy perceptron whose middle layer has weights of another scale."""
    model, args, options = healthy_deep(activation, depth)
    with torch.no_grad():
        list(model.parameters())[depth // 2 * 2].mul_(factor)
    return model, args, options


def normalized(depth: int, *, residual: bool = False) -> Built:
    """A perceptron with batch normalization in every layer."""
    built = build(f"mlp:depth={depth},width={WIDTH},norm=batch,residual={residual}")
    return built.model, (built.example,), {}


def transformer(depth: int) -> Built:
    """A decoder as PyTorch initializes it."""
    built = build(f"transformer:depth={depth}")
    return built.model, (built.example,), {}
