"""Parameters: names, values before the pass, gradients after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import Module
from torch.nn import Parameter as TorchParameter

from initscope.errors import InputError
from initscope.observe.measured import ParameterGradient, ParameterValues
from initscope.observe.shelf import together
from initscope.observe.statistics import parameter_gradients, parameter_values
from initscope.observe.values import is_measurable

Statistics = TypeVar("Statistics")


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


def values(rows: list[Named]) -> list[ParameterValues]:
    """Measure the parameters' values, as far as they can be read."""
    return _measured(parameter_values, [row.tensor for row in rows], ParameterValues())


def gradients(rows: list[Named]) -> list[ParameterGradient | None]:
    """Measure the gradients that the backward pass left."""
    found = [None if row.tensor.grad is None else _plain(row.tensor.grad) for row in rows]
    return _measured(parameter_gradients, found, None)


def _plain(gradient: Tensor) -> Tensor:
    """Return a sparse gradient as a dense one, and a complex one as pairs of real numbers."""
    dense = gradient if gradient.layout == torch.strided else gradient.to_dense()
    return torch.view_as_real(dense) if dense.is_complex() else dense


def _measured(
    by: Callable[[Tensor], Iterator[Statistics]],
    tensors: Sequence[Tensor | None],
    absent: Statistics,
) -> list[Statistics]:
    """Measure those of one layout together, a few mebibytes at a time."""
    found = [absent] * len(tensors)
    alike: dict[tuple[Any, ...], list[tuple[int, Tensor]]] = {}
    for number, tensor in enumerate(tensors):
        if tensor is not None and is_measurable(tensor):
            layout = (tensor.shape, tensor.dtype, tensor.device)
            alike.setdefault(layout, []).append((number, tensor.detach()))
    for rows in alike.values():
        count = together(rows[0][1])
        for start in range(0, len(rows), count):
            numbers, some = zip(*rows[start : start + count], strict=True)
            stack = torch.stack(some) if len(some) > 1 else some[0].unsqueeze(0)
            for number, statistics in zip(numbers, by(stack), strict=True):
                found[number] = statistics
    return found
