"""Names and shapes of a module's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol

from torch import nn

from initscope.training.seeding import seeded


class Makes(Protocol):
    """Something that makes a module."""

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return a module for data of so many features and outputs."""


@lru_cache(maxsize=1024)
def parameter_shapes(network: Makes, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
    """Return name and shape of every parameter that is trained, in the module's order."""
    with seeded(0):
        model = network.module(inputs, outputs)
    return MappingProxyType(
        {n: tuple(p.shape) for n, p in model.named_parameters() if p.requires_grad}
    )
