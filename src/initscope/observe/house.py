"""The guest's house: what a pass may touch is as it was, also after a failure."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from operator import is_
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module, Parameter

Restore = Callable[[], None]

_CONTAINERS = (dict, OrderedDict, list, set)
_PLAIN = frozenset({*_CONTAINERS, bool, int, float, str, type(None)})
"""What most attributes of a module are; whether they are tensors is a slower question."""


@contextmanager
def undisturbed(model: Module) -> Iterator[None]:
    """Restore a model and the random number generators afterwards.

    Restored are: attributes of every module, and what its own dicts, lists and sets hold (modes,
    hooks, parameters and buffers among them); the values of buffers and of other tensors that are
    attributes; gradients, as the same objects; requires_grad; parameters whose module writes into
    them; hooks that step an optimizer during the backward pass; the states of Python's, NumPy's
    and torch's generators.
    """
    steps = [*_generators(), *_inside(model)]
    try:
        yield
    finally:
        _undo(steps)


def _undo(steps: list[Restore]) -> None:
    """Take all steps, the last first, also those that come after one that raises."""
    try:
        while steps:
            steps.pop()()
    finally:
        if steps:
            _undo(steps)


def _generators() -> list[Restore]:
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    steps: list[Restore] = [
        lambda: random.setstate(python),
        lambda: np.random.set_state(numpy),  # noqa: NPY002 - the user's legacy generator
        lambda: torch.set_rng_state(cpu),
    ]
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        cuda = torch.cuda.get_rng_state_all()
        steps.append(lambda: torch.cuda.set_rng_state_all(cuda))
    return steps


def _inside(model: Module) -> list[Restore]:
    modules = list(model.modules())
    steps = [_attributes(module) for module in modules]
    tensors = {id(each): each for module in modules for each in _owned(module)}
    steps += [_values(tensor) for tensor in tensors.values()]
    steps += [_gradient(tensor) for tensor in (*model.parameters(), *tensors.values())]
    return steps


def owned(model: Module) -> list[Tensor]:
    """Return all tensors of a model that a forward pass may write, each as often as it is held."""
    return [tensor for module in model.modules() for tensor in _owned(module)]


def _owned(module: Module) -> Iterator[Tensor]:
    """Yield a module's tensors that a forward pass may write: buffers, attributes, some weights."""
    yield from (buffer for buffer in module._buffers.values() if buffer is not None)  # noqa: SLF001
    for value in vars(module).values():
        may_be = type(value) not in _PLAIN
        if may_be and isinstance(value, Tensor) and not isinstance(value, Parameter):
            yield value
    if getattr(module, "max_norm", None) is not None:  # an embedding that renormalizes its rows
        yield from module.parameters(recurse=False)


def _attributes(module: Module) -> Restore:
    own = vars(module)
    before = dict(own)
    inner = {
        name: value.copy() if value else ()
        for name, value in own.items()
        if type(value) in _CONTAINERS
    }

    def restore() -> None:
        if not _same(own, before):
            own.clear()
            own.update(before)
        for name, value in inner.items():
            _refill(before[name], value)

    return restore


def _refill(container: Any, before: Any) -> None:
    if not before:
        container.clear()
    elif isinstance(container, list):
        if len(container) != len(before) or not all(map(is_, container, before)):
            container[:] = before
    elif isinstance(container, set):
        if container != before:
            container.clear()
            container.update(before)
    elif not _same(container, before):
        container.clear()
        container.update(before)


def _same(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
    """Whether two dicts hold the same objects under the same keys, in the same order."""
    return list(one) == list(other) and all(map(is_, one.values(), other.values()))


def _values(tensor: Tensor) -> Restore:
    """Put values back, past the version counter: batch normalization does not count its writes."""
    before = tensor.detach().clone()

    def restore() -> None:
        with torch.inference_mode(tensor.is_inference()):
            tensor.data.copy_(before)

    return restore


def _gradient(tensor: Tensor) -> Restore:
    if not tensor.is_leaf:
        return lambda: None
    grad, required = tensor.grad, tensor.requires_grad
    hooks = _accumulation_hooks(tensor)
    kept = dict(hooks)

    def restore() -> None:
        tensor.grad = grad
        hooks.update(kept)
        if tensor.requires_grad != required:
            with suppress(RuntimeError):
                tensor.requires_grad_(required)

    return restore


def without_gradients(tensors: Iterable[Tensor]) -> None:
    """Take away gradients, and the hooks that act on them, such as an optimizer's step."""
    for tensor in tensors:
        if tensor.is_leaf:
            tensor.grad = None
            _accumulation_hooks(tensor).clear()


def _accumulation_hooks(tensor: Tensor) -> dict[Any, Any]:
    """Return torch's own dict, which autograd reads: to exchange the attribute has no effect."""
    hooks: dict[Any, Any] | None = tensor._post_accumulate_grad_hooks  # noqa: SLF001
    return {} if hooks is None else hooks
