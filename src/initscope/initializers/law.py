"""What a law is: how the entries of a weight are drawn, whatever its name."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from initscope.errors import InputError
from initscope.initializers.fans import Fans
from initscope.streams import Source


class Law(ABC):
    """A frozen dataclass whose fields are the parameters of the law."""

    __slots__ = ()

    formula: ClassVar[Callable[..., str]]
    """Write the law. Takes the fields by name; each may be a number or the field's own name."""

    @abstractmethod
    def standard_deviation(self, fans: Fans) -> float:
        """Return the standard deviation of an entry."""

    @abstractmethod
    def sample(self, shape: Sequence[int], fans: Fans, source: Source) -> Tensor:
        """Draw a float32 weight of shape (*source.batch, *shape) on the CPU."""


def symmetric(shape: Sequence[int], source: Source) -> Tensor:
    """Draw uniform values on (-1, 1) in the shape of the weight."""
    flat = torch.from_numpy(source.symmetric(math.prod(shape)))
    return flat.reshape(*source.batch, *shape)


def text(value: object) -> str:
    """Write a parameter in a formula."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def require_finite(**parameters: float) -> None:
    """Refuse infinities and NaN."""
    for name, value in parameters.items():
        if not math.isfinite(value):
            raise InputError(f"{name} is {value}: expected a finite number")


def require_positive(**parameters: float) -> None:
    """Refuse what is not above zero."""
    require_finite(**parameters)
    for name, value in parameters.items():
        if value <= 0:
            raise InputError(f"{name} is {value:g}: expected a number above 0")
