"""How a convolution's taps meet its positions: borders, strides and dilations, one axis each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from initscope.observe import Operation
from initscope.propagate.refusal import NoModelError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taps:
    """Number of taps between every input and output position of each axis.

    Attributes:
        counts: for each axis a matrix (outputs, inputs).
    """

    counts: tuple[Array, ...]

    def forward(self, shape: Array) -> Array:
        """Sum second moments over the inputs that each output sees."""
        return _along(shape, self.counts)

    def backward(self, shape: Array) -> Array:
        """Sum second moments of gradients over the outputs that each input reaches."""
        return _along(shape, tuple(matrix.T for matrix in self.counts))


def taps(row: Operation, kernel: tuple[int, ...]) -> Taps:
    """Return the taps of a convolution, or of the one that a transposed convolution reverses."""
    axes = len(kernel)
    inputs, outputs = row.input_shapes[0][-axes:], row.output_shapes[0][-axes:]
    transposed = row.kind == "transposed_convolution"
    if transposed:
        inputs, outputs = outputs, inputs
    strides, dilations = (_each(row, name, axes) for name in ("stride", "dilation"))
    if row.options.get("padding") == "same":
        spans = [d * (k - 1) for d, k in zip(dilations, kernel, strict=True)]
        padding = tuple(span // 2 for span in spans)
    elif row.options.get("padding") == "valid":
        padding = (0,) * axes
    else:
        padding = _each(row, "padding", axes, usual=0)
    matrices = map(_counts, inputs, outputs, kernel, strides, padding, dilations)
    return Taps(tuple(each.T if transposed else each for each in matrices))


def windows(row: Operation) -> int | None:
    """Return the size of a pooling's windows, where they cover the input once; else None."""
    inputs, outputs = row.input_shapes[0], row.output_shapes[0]
    if len(inputs) != len(outputs):
        return None
    size = 1
    for have, left in zip(inputs, outputs, strict=True):
        if have % left:
            return None
        size *= have // left
    if row.function.startswith("adaptive"):
        return size
    axes = int(row.function[-2])
    kernel = _each(row, "kernel_size", axes)
    stride = _each(row, "stride", axes) if row.options.get("stride") else kernel
    padding = _each(row, "padding", axes, usual=0)
    covers = kernel == stride and not any(padding) and int(np.prod(kernel)) == size
    return size if covers else None


@lru_cache(maxsize=512)
def _counts(n: int, outputs: int, kernel: int, stride: int, padding: int, dilation: int) -> Array:  # noqa: PLR0913, PLR0917 - the geometry of one axis
    counts = np.zeros((outputs, n))
    for tap in range(kernel):
        where = np.arange(outputs) * stride - padding + tap * dilation
        inside = (where >= 0) & (where < n)
        counts[np.flatnonzero(inside), where[inside]] += 1
    return counts


def _each(row: Operation, name: str, axes: int, usual: int = 1) -> tuple[int, ...]:
    value = row.options.get(name, usual)
    if isinstance(value, int):
        return (value,) * axes
    if isinstance(value, tuple) and len(value) == axes:
        return value
    if isinstance(value, tuple) and len(value) == 1:
        return value * axes
    raise NoModelError(f"its {name} {value!r} is not understood")


def _along(shape: Array, matrices: tuple[Array, ...]) -> Array:
    for axis, matrix in enumerate(matrices):
        shape = np.moveaxis(np.tensordot(matrix, shape, axes=(1, axis)), 0, axis)
    return shape
