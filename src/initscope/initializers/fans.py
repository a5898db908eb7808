"""Fan-in and fan-out of a weight tensor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from initscope.errors import InputError


@dataclass(frozen=True, slots=True)
class Fans:
    """Number of inputs that one output unit sums over, and of outputs that one input reaches.

    Args:
        fan_in: the inputs of an output.
        fan_out: the outputs of an input.
        window: positions of the kernel, which both count. Only laws of a whole matrix ask for it;
            it is no part of what the fans are, and equal fans may differ in it.
    """

    fan_in: int
    fan_out: int
    window: int = field(default=1, repr=False, compare=False)

    @classmethod
    def of(cls, shape: Sequence[int]) -> Fans:
        """Read the fans of a weight in PyTorch's layout, ``(out, in, *kernel)``.

        For a kernel of K positions, ``fan_in = in * K`` and ``fan_out = out * K``.

        Raises:
            InputError: the shape has fewer than two dimensions, or one of size zero.

        >>> Fans.of((64, 3, 7, 7))
        Fans(fan_in=147, fan_out=3136)
        """
        if len(shape) < 2:
            raise InputError(
                f"a weight of shape {tuple(shape)} has no fans: "
                "expected at least two dimensions, (out, in, *kernel)"
            )
        if min(shape) < 1:
            raise InputError(f"a weight of shape {tuple(shape)} is empty: expected sizes above 0")
        outputs, inputs, *kernel = shape
        window = math.prod(kernel)
        return cls(inputs * window, outputs * window, window)

    def of_mode(self, mode: str) -> float:
        """Return the denominator of variance scaling: fan_in, fan_out or their mean, fan_avg."""
        return MODES[mode](self)


MODES: dict[str, Callable[[Fans], float]] = {
    "fan_in": lambda fans: fans.fan_in,
    "fan_out": lambda fans: fans.fan_out,
    "fan_avg": lambda fans: (fans.fan_in + fans.fan_out) / 2,
}
