"""Optimizers with PyTorch's meaning and constants, as plain settings.

Everywhere `weight_decay` is PyTorch's: a penalty on every parameter, biases included, added to the
gradient; in :class:`AdamW` it shrinks the parameters themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import torch
from torch import Tensor

from initscope.errors import InputError, unknown
from initscope.training.identity import later


def _require(optimizer: Optimizer, *shares: str) -> None:
    """Refuse numbers out of range; `shares` are the fields from 0 to below 1."""
    rate = optimizer.learning_rate
    if not 0 < rate < float("inf"):
        raise InputError(f"learning rate {rate}: expected a number above 0, such as 0.001")
    for name in shares:
        if not 0 <= getattr(optimizer, name) < 1:
            value = getattr(optimizer, name)
            raise InputError(f"{name} {value}: expected a number from 0 to below 1")
    epsilon = getattr(optimizer, "epsilon", 1.0)
    if not 0 < epsilon < float("inf"):
        raise InputError(f"epsilon {epsilon}: expected a number above 0")
    if not 0 <= optimizer.weight_decay < float("inf"):
        raise InputError(
            f"weight decay {optimizer.weight_decay}: expected a number from 0, such as 0.01"
        )


@dataclass(frozen=True, slots=True)
class Adam:
    """Adam (Kingma and Ba, 2015), with PyTorch's constants."""

    name: ClassVar[str] = "adam"

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = later(0.0)

    def __post_init__(self) -> None:
        _require(self, "beta1", "beta2")

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        betas = (self.beta1, self.beta2)
        return torch.optim.Adam(
            parameters, self.learning_rate, betas, self.epsilon, self.weight_decay
        )


@dataclass(frozen=True, slots=True)
class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with PyTorch's constants."""

    name: ClassVar[str] = "adamw"

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 1e-2

    def __post_init__(self) -> None:
        _require(self, "beta1", "beta2")

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        betas = (self.beta1, self.beta2)
        return torch.optim.AdamW(
            parameters, self.learning_rate, betas, self.epsilon, self.weight_decay
        )


@dataclass(frozen=True, slots=True)
class SGD:
    """Stochastic gradient descent, with momentum where it is not 0.

    Momentum is Polyak's heavy ball (1964), or with `nesterov` Nesterov's (1983) in the form of
    Sutskever et al. (2013).
    """

    name: ClassVar[str] = "sgd"

    learning_rate: float = 1e-2
    momentum: float = 0.0
    nesterov: bool = later(default=False)
    weight_decay: float = later(0.0)

    def __post_init__(self) -> None:
        _require(self, "momentum")
        if self.nesterov and not self.momentum:
            raise InputError("nesterov without momentum: give a momentum too, such as 0.9")

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        return torch.optim.SGD(
            parameters,
            self.learning_rate,
            self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
        )


@dataclass(frozen=True, slots=True)
class RMSprop:
    """RMSprop (Tieleman and Hinton, 2012), with PyTorch's constants and `alpha` as its decay."""

    name: ClassVar[str] = "rmsprop"

    learning_rate: float = 1e-2
    alpha: float = 0.99
    epsilon: float = 1e-8
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _require(self, "alpha", "momentum")

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        return torch.optim.RMSprop(
            parameters,
            self.learning_rate,
            self.alpha,
            self.epsilon,
            self.weight_decay,
            self.momentum,
        )


@dataclass(frozen=True, slots=True)
class Adagrad:
    """Adagrad (Duchi, Hazan and Singer, 2011), with PyTorch's constants."""

    name: ClassVar[str] = "adagrad"

    learning_rate: float = 1e-2
    epsilon: float = 1e-10
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _require(self)

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        return torch.optim.Adagrad(
            parameters, self.learning_rate, weight_decay=self.weight_decay, eps=self.epsilon
        )


Optimizer: TypeAlias = Adam | AdamW | SGD | RMSprop | Adagrad

OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.name: kind for kind in (Adam, AdamW, SGD, RMSprop, Adagrad)
}

_MOMENTUM = 0.9  # what people mean when they name no number

NAMED: dict[str, Optimizer] = {
    **{name: kind() for name, kind in OPTIMIZERS.items()},
    "momentum": SGD(momentum=_MOMENTUM),
    "nesterov": SGD(momentum=_MOMENTUM, nesterov=True),
}
"""What users type: every optimizer as it is by default, and SGD's two forms of momentum."""


def optimizer_named(name: str) -> Optimizer:
    """Return an optimizer with its default settings.

    Raises:
        InputError: the name is unknown.

    >>> optimizer_named("nesterov")
    SGD(learning_rate=0.01, momentum=0.9, nesterov=True, weight_decay=0.0)
    """
    if name not in NAMED:
        raise unknown("optimizer", name, NAMED)
    return NAMED[name]
