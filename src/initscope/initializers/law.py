"""What a law is: how the entries of a weight are drawn, whatever its name."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from initscope.errors import InputError
from initscope.initializers.box import Box
from initscope.initializers.fans import Fans
from initscope.initializers.filling import Transform, fill_
from initscope.streams import Source


class Law(ABC):
    """A frozen dataclass whose fields are the parameters of the law.

    Laws that do not need the fans also take None in their place.
    """

    __slots__ = ()

    is_elementwise: ClassVar[bool] = True
    """Whether any part of a weight can be drawn without the rest."""

    formula: ClassVar[Callable[..., str]]
    """Write the law. Takes the fields by name; each may be a number or the field's own name."""

    @abstractmethod
    def standard_deviation(self, fans: Fans | None) -> float:
        """Return the standard deviation of an entry."""

    def mean(self, fans: Fans | None) -> float:
        """Return the mean of an entry."""
        return 0.0

    @abstractmethod
    def bounds(self, fans: Fans | None) -> tuple[float, float]:
        """Return the lowest and the highest value that an entry can take, before rounding."""

    def kurtosis(self, fans: Fans | None) -> float:
        r"""Return the kurtosis k for the sampling error of the standard deviation s.

        Of n entries it is :math:`s \sqrt{(k - 1) / 4n}`. For independent entries k is the fourth
        standardized moment; where every draw has the same sum of squares it is 1.
        """
        return 1.0

    @abstractmethod
    def fill_(self, out: Tensor, box: Box, fans: Fans | None, source: Source) -> None:
        """Write the entries of a part of the weight into `out`, cast once to its type."""


class Independent(Law):
    """A law whose entries are independent: a quantile function of the stream's uniform values."""

    __slots__ = ()

    @abstractmethod
    def transform(self, fans: Fans | None) -> Transform:
        """Return the quantile function, which works in place on float32."""

    def fill_(self, out: Tensor, box: Box, fans: Fans | None, source: Source) -> None:
        fill_(out, box, source, self.transform(fans))


class Whole(Law):
    """A law whose entries depend on each other, so that only the whole weight can be drawn."""

    __slots__ = ()

    is_elementwise: ClassVar[bool] = False

    @abstractmethod
    def draw(self, shape: Sequence[int], source: Source) -> Tensor:
        """Draw a float32 weight of shape (*source.batch, *shape) on the CPU."""

    def fill_(self, out: Tensor, box: Box, fans: Fans | None, source: Source) -> None:
        if not box.is_whole:
            raise InputError(
                "its entries depend on each other, a part cannot be drawn alone: "
                "draw the whole with sample, then take the part"
            )
        out.detach().copy_(self.draw(box.shape, source))


def matrix(shape: Sequence[int]) -> tuple[int, int]:
    """Return the two sizes of a matrix, or refuse another shape."""
    if len(shape) != 2:
        raise InputError(f"fills matrices, received a weight of shape {tuple(shape)}")
    return shape[0], shape[1]


def kernel(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of a convolution's kernel, or refuse another shape."""
    if not 3 <= len(shape) <= 5:
        raise InputError(
            "fills convolutions, (out, in, *kernel) with one to three dimensions of the kernel, "
            f"received a weight of shape {tuple(shape)}"
        )
    return tuple(shape[2:])


def known(fans: Fans | None) -> Fans:
    """Return the fans, or refuse a tensor that has none."""
    if fans is None:
        raise InputError(
            "needs the fans of a weight, received None: for a vector take a law without fans, "
            "such as zeros, normal(std=0.02) or uniform(-0.1, 0.1)"
        )
    return fans


def symmetric(shape: Sequence[int], source: Source) -> Tensor:
    """Draw uniform values on (-1, 1) in the shape of the weight."""
    values = torch.empty((*source.batch, *shape), dtype=torch.float32, device="cpu")
    fill_(values, Box.of(shape), source, lambda unchanged: unchanged)
    return values


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
