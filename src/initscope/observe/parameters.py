"""Parameters: names, values before the pass, gradients after it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn import Parameter as TorchParameter

from initscope.errors import InputError
from initscope.observe import statistics
from initscope.observe.measured import ParameterGradient
from initscope.observe.moments import Moments
from initscope.observe.trace import Parameter
from initscope.observe.values import Values, is_measurable


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter with its names and its owner's class."""

    name: str
    aliases: tuple[str, ...]
    tensor: TorchParameter
    module_class: str


def named(model: Module) -> list[Named]:
    """Return the parameters of a model, each once.

    Raises:
        InputError: a parameter has no values yet, or is on the meta device.
    """
    names: dict[int, list[str]] = {}
    found: dict[int, tuple[TorchParameter, str]] = {}
    for name, parameter, owner in _all(model):
        _require_values(name, parameter)
        names.setdefault(id(parameter), []).append(name)
        found.setdefault(id(parameter), (parameter, owner))
    return [
        Named(names[key][0], tuple(names[key][1:]), parameter, owner)
        for key, (parameter, owner) in found.items()
    ]


def _all(model: Module) -> Iterator[tuple[str, TorchParameter, str]]:
    for prefix, module in model.named_modules(remove_duplicate=False):
        for name, parameter in module.named_parameters(recurse=False):
            yield f"{prefix}.{name}".removeprefix("."), parameter, type(module).__name__


def _require_values(name: str, parameter: TorchParameter) -> None:
    if isinstance(parameter, torch.nn.UninitializedParameter):
        raise InputError(
            f"parameter {name!r} is lazy: run the model once on an input, then observe it"
        )
    if parameter.is_meta:
        raise InputError(
            f"parameter {name!r} is on the meta device and has no values: "
            "build it on a real device, or call model.to_empty(device='cpu') and initialize it"
        )


def values(row: Named, *, measure: bool = True) -> Parameter:
    """Measure a parameter's values, or only name it."""
    tensor = row.tensor.detach()
    low = high = mean = spread = math.nan
    share = subnormal = 0.0
    rows = columns = None
    if measure and is_measurable(tensor):
        laid = Values.whole(tensor)
        moments = Moments.of(laid)
        low, high = moments.minimum, moments.maximum
        mean, share = laid.mean(), moments.nonfinite
        spread = _spread(laid.flat, mean, moments) if low < high else 0.0
        rows, columns = statistics.sketches(laid.flat.view(tensor.shape))
        subnormal = laid.subnormal()
    return Parameter(
        name=row.name,
        aliases=row.aliases,
        shape=tuple(tensor.shape),
        dtype=str(tensor.dtype).removeprefix("torch."),
        requires_grad=row.tensor.requires_grad,
        module_class=row.module_class,
        mean=mean,
        std=spread,
        minimum=low,
        maximum=high,
        nonfinite=share,
        constant=low == high and not share,
        row_sketch=rows,
        column_sketch=columns,
        gradient=None,
        operations=(),
        subnormal=subnormal,
    )


def _spread(flat: Tensor, mean: float, moments: Moments) -> float:
    """Return the standard deviation; around the mean where the mean would swallow it."""
    variance = moments.second_moment - mean**2
    if variance > 1e-2 * moments.second_moment or moments.nonfinite:
        return math.sqrt(max(variance, 0.0))
    centred = flat.double() - mean
    return math.sqrt(float(torch.dot(centred, centred)) / flat.numel())


def gradient(row: Named) -> ParameterGradient | None:
    """Measure the gradient that the backward pass left."""
    grad = row.tensor.grad
    if grad is None:
        return None
    if grad.layout != torch.strided:
        grad = grad.to_dense()
    return statistics.parameter_gradient(grad) if is_measurable(grad) else None
