"""How a network is trained: optimizer, epochs, batch size, loss."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from initscope.errors import InputError


@dataclass(frozen=True, slots=True)
class Adam:
    """Adam (Kingma and Ba, 2015), with PyTorch's constants."""

    name: ClassVar[str] = "adam"

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _require_rate(self.learning_rate)
        for name, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            if not 0 <= beta < 1:
                raise InputError(f"{name} {beta}: expected a number from 0 to below 1")
        if not 0 < self.epsilon < float("inf"):
            raise InputError(f"epsilon {self.epsilon}: expected a number above 0")

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        betas = (self.beta1, self.beta2)
        return torch.optim.Adam(parameters, self.learning_rate, betas, self.epsilon)


@dataclass(frozen=True, slots=True)
class SGD:
    """Stochastic gradient descent, with heavy-ball momentum (Polyak, 1964) where it is not 0."""

    name: ClassVar[str] = "sgd"

    learning_rate: float = 1e-2
    momentum: float = 0.0

    def __post_init__(self) -> None:
        _require_rate(self.learning_rate)
        if not 0 <= self.momentum < 1:
            raise InputError(f"momentum {self.momentum}: expected a number from 0 to below 1")

    def build(self, parameters: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Return PyTorch's optimizer for these parameters."""
        return torch.optim.SGD(parameters, self.learning_rate, self.momentum)


OPTIMIZERS: dict[str, type[Adam | SGD]] = {"adam": Adam, "sgd": SGD}


@dataclass(frozen=True, slots=True)
class Training:
    """How every network of a comparison is trained.

    Args:
        optimizer: :class:`Adam` or :class:`SGD`.
        epochs: passes over the training data.
        batch_size: examples a step; the last batch of an epoch may be smaller.
        loss: ``"softmax"`` or ``"sigmoid"``; by default sigmoid for two classes, else softmax.

    Raises:
        InputError: a number is out of range.
    """

    optimizer: Adam | SGD = field(default_factory=Adam)
    epochs: int = 10
    batch_size: int = 32
    loss: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("epochs", self.epochs), ("batch size", self.batch_size)):
            if not isinstance(value, int) or value < 1:
                raise InputError(f"{name} {value!r}: expected a whole number above 0")


def _require_rate(rate: float) -> None:
    if not 0 < rate < float("inf"):
        raise InputError(f"learning rate {rate}: expected a number above 0, such as 0.001")
