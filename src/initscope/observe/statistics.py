"""What is kept of a tensor that passes by."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from initscope.observe.measured import Array, Gradient, ParameterGradient, Signal
from initscope.observe.moments import Extremes, Moments
from initscope.observe.similarity import similarity
from initscope.observe.values import MOST_UNITS, Values, array


def signal(tensor: Tensor, axis: int, time: int | None = None) -> Signal:
    """Measure an operation's output, whose units are dimension `axis` (1 or -1)."""
    values = Values.by_unit(tensor, axis)
    moments = Moments.of(values)
    cosine, norm = similarity(tensor)
    return Signal(
        elements=values.flat.numel(),
        mean=values.mean(),
        second_moment=moments.second_moment,
        minimum=moments.minimum,
        maximum=moments.maximum,
        nonfinite=moments.nonfinite,
        zeros=values.zeros(),
        units=values.units,
        unit_minimum=_kept(moments.lowest),
        unit_maximum=_kept(moments.highest),
        unit_sketch=values.sketch(),
        cosine=cosine,
        squared_norm=norm,
        steps=_steps(tensor, time),
    )


def gradient(tensor: Tensor, axis: int, time: int | None = None) -> Gradient:
    """Measure the gradient with respect to an operation's output."""
    values = Values.by_unit(tensor, axis)
    moments = Moments.of(values)
    sizes = moments.sizes
    return Gradient(
        elements=values.flat.numel(),
        second_moment=moments.second_moment,
        maximum=float(sizes.max()),
        nonfinite=moments.nonfinite,
        units=values.units,
        unit_maximum=_kept(sizes),
        unit_sketch=values.sketch(),
        steps=_steps(tensor, time),
    )


def _kept(extremes: Extremes) -> Array | None:
    return extremes.astype(np.float32, copy=False) if len(extremes) <= MOST_UNITS else None


def _steps(tensor: Tensor, time: int | None) -> Array | None:
    """Return the second moment at each step of a dimension of time."""
    if time is None:
        return None
    others = [axis for axis in range(tensor.dim()) if axis != time]
    return array(tensor.detach().double().square().mean(others))


def parameter_gradient(grad: Tensor) -> ParameterGradient:
    """Measure a parameter's gradient."""
    values = Values.whole(grad)
    moments = Moments.of(values)
    row, column = sketches(values.flat.view(grad.shape))
    return ParameterGradient(
        second_moment=moments.second_moment,
        maximum=float(moments.sizes),
        nonfinite=moments.nonfinite,
        zeros=values.zeros(),
        row_sketch=row,
        column_sketch=column,
    )


def sketches(weight: Tensor) -> tuple[Array | None, Array | None]:
    """Project the rows and the columns of a weight, seen whole, on one random direction each."""
    if weight.dim() < 2:
        return None, None
    rows = weight.detach().flatten(1)
    columns = weight.detach().transpose(0, 1).flatten(1)
    return _projection(rows), _projection(columns)


def _projection(matrix: Tensor) -> Array | None:
    if matrix.shape[0] > MOST_UNITS:
        return None
    return array(matrix @ _direction(matrix.shape[1], matrix.dtype, matrix.device))


@cache
def _direction(length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(length)
    return torch.randn(length, generator=generator).to(device, dtype) / math.sqrt(length)
