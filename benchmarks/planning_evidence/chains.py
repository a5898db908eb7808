"""Plain chains: does the second moment of signal and gradient survive depth?"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

from initscope.observe import Operation, observe
from initscope.planning import plan

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "hardtanh": nn.Hardtanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
}
DEPTHS = (10, 50, 100)
SCHEMES = ("torch", "glorot_normal", "he_normal", "auto", "auto, refined")


def chain(activation: str, depth: int, width: int = 64) -> nn.Sequential:
    """Build linear layers with an activation behind each, and a head."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Linear(width, 10))


def growth(
    activation: str, depth: int, scheme: str, width: int = 64, seed: int = 1
) -> tuple[float, float]:
    """Measure what depth does to signal and gradient.

    Returns:
        The root of the second moment of the preactivations, last over first layer; that of the
        gradient with respect to them, first over last.
    """
    generator = torch.Generator().manual_seed(0)
    example = torch.randn(64, width, generator=generator)
    model = chain(activation, depth, width)
    name, _, refined = scheme.partition(", ")
    plan(model, name, example, refine=bool(refined)).apply(model, seed)
    trace = observe(model, example)
    first, *_, last, _head = [row for row in trace.operations if row.kind == "linear"]
    return math.sqrt(_signal(last) / _signal(first)), _ratio(_gradient(first), _gradient(last))


def _signal(row: Operation) -> float:
    return row.forward.second_moment if row.forward else math.nan


def _gradient(row: Operation) -> float:
    return row.backward.second_moment if row.backward else math.nan


def _ratio(one: float, other: float) -> float:
    return math.sqrt(one / other) if other else math.nan
