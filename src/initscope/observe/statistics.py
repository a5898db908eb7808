"""What is kept of tensors that pass by: of n together, which have one shape and are stacked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import torch
from torch import Tensor

from initscope.observe.measured import Array, Gradient, ParameterGradient, ParameterValues, Signal
from initscope.observe.moments import Extremes, Moments
from initscope.observe.similarity import similarity
from initscope.observe.values import MOST_UNITS, Values, array


def signals(stack: Tensor, axis: int, time: int | None = None) -> Iterator[Signal]:
    """Measure operations' outputs, whose units are dimension `axis` (1 or -1) of each."""
    values = Values.by_unit(stack, axis)
    moments = Moments.of(values)
    rows = zip(
        values.means(),
        moments.second,
        moments.lowest.min(1).tolist(),
        moments.highest.max(1).tolist(),
        moments.nonfinite,
        _kept(moments.lowest),
        _kept(moments.highest),
        similarity(stack),
        _steps(stack, time),
        strict=True,
    )
    for mean, second, least, most, nonfinite, low, high, (cosine, norm), steps in rows:
        yield Signal(
            elements=values.elements,
            mean=mean,
            second_moment=second,
            minimum=least,
            maximum=most,
            nonfinite=nonfinite,
            units=values.units,
            unit_minimum=low,
            unit_maximum=high,
            cosine=cosine,
            squared_norm=norm,
            steps=steps,
        )


def gradients(stack: Tensor, axis: int, time: int | None = None) -> Iterator[Gradient]:
    """Measure the gradients with respect to operations' outputs, with the largest of every unit."""
    moments = Moments.of(Values.by_unit(stack, axis))
    return _gradients(stack, moments, _kept(moments.sizes), axis, time)


def whole_gradients(stack: Tensor, axis: int, time: int | None = None) -> Iterator[Gradient]:
    """Measure the gradients with respect to operations' outputs, all units together."""
    moments = Moments.of(Values.whole(stack))
    return _gradients(stack, moments, [None] * stack.shape[0], axis, time)


def _gradients(
    stack: Tensor, moments: Moments, by_unit: list[Array | None], axis: int, time: int | None
) -> Iterator[Gradient]:
    elements = stack[0].numel()
    units = stack.shape[axis if axis < 0 else 1 + axis] if stack.dim() > 2 else elements
    rows = zip(
        moments.second,
        moments.sizes.max(1).tolist(),
        moments.nonfinite,
        by_unit,
        _steps(stack, time),
        strict=True,
    )
    for second, most, nonfinite, largest, steps in rows:
        yield Gradient(elements, second, most, nonfinite, units, largest, steps)


def _kept(extremes: Extremes) -> list[Array | None]:
    if extremes.shape[1] > MOST_UNITS:
        return [None] * len(extremes)
    return list(extremes.astype(np.float32, copy=False))


def _steps(stack: Tensor, time: int | None) -> list[Array | None]:
    """Return the second moment at each step of a dimension of time."""
    if time is None:
        return [None] * stack.shape[0]
    others = [axis for axis in range(1, stack.dim()) if axis != time + 1]
    return list(array(stack.detach().double().square().mean(others)))


def parameter_values(stack: Tensor) -> Iterator[ParameterValues]:
    """Measure parameters."""
    values = Values.whole(stack)
    moments = Moments.of(values)
    rows = zip(
        values.means(),
        moments.second,
        moments.lowest[:, 0].tolist(),
        moments.highest[:, 0].tolist(),
        moments.nonfinite,
        values.subnormal(),
        _sketches(values.flat.view(stack.shape)),
        strict=True,
    )
    for row, (mean, second, low, high, nonfinite, subnormal, sketch) in enumerate(rows):
        spread = _spread(values.flat[row], mean, second, exact=not nonfinite) if low < high else 0.0
        yield ParameterValues(mean, spread, low, high, nonfinite, subnormal, sketch)


def _spread(flat: Tensor, mean: float, second: float, *, exact: bool) -> float:
    """Return the standard deviation; around the mean where the mean would swallow it."""
    variance = second - mean**2
    if variance > 1e-2 * second or not exact:
        return math.sqrt(max(variance, 0.0))
    centred = flat.double() - mean
    return math.sqrt(float(torch.dot(centred, centred)) / flat.numel())


def parameter_gradients(stack: Tensor) -> Iterator[ParameterGradient]:
    """Measure parameters' gradients."""
    values = Values.whole(stack)
    moments = Moments.of(values)
    rows = zip(
        moments.second,
        moments.sizes[:, 0].tolist(),
        moments.nonfinite,
        _sketches(values.flat.view(stack.shape)),
        strict=True,
    )
    for second, most, nonfinite, sketch in rows:
        yield ParameterGradient(second, most, nonfinite, sketch)


def _sketches(weights: Tensor) -> list[Array | None]:
    """Project the rows of weights, seen whole, on one random direction."""
    if weights.dim() < 3 or weights.shape[1] > MOST_UNITS:
        return [None] * weights.shape[0]
    rows = weights.flatten(2)
    return list(array(rows @ _direction(rows.shape[2], rows.dtype, rows.device)))


@cache
def _direction(length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(length)
    return torch.randn(length, generator=generator).to(device, dtype) / math.sqrt(length)
