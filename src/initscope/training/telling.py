"""Objects in words that are equal in every process, and the modules whose files lie behind them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import partial, singledispatch
from types import (
    CodeType,
    FunctionType,
    MethodType,
    ModuleType,
    NoneType,
    SimpleNamespace,
)

import numpy as np
import torch
from torch import nn

from initscope import imports
from initscope.training import project


@dataclass(frozen=True, slots=True)
class Met:
    """What was met on the way: modules by name, and objects by their id."""

    modules: dict[str, ModuleType] = field(default_factory=dict)
    objects: set[int] = field(default_factory=set)

    def is_new(self, value: object) -> bool:
        """Note an object that outlives the walk; say whether it was not met before."""
        known = id(value) in self.objects
        self.objects.add(id(value))
        return not known

    def is_in_file(self, name: str | None) -> bool:
        """Note a module; say whether what it defines stands in a file, or is built in."""
        if name is None or project.is_ours(name):
            return True
        module = sys.modules.get(name)
        if module is None:
            return False
        self.modules[name] = module
        return bool(getattr(module, "__file__", None) or getattr(module, "__spec__", None))


@singledispatch
def told(value: object, met: Met) -> str:
    """Return a text that is equal for equal values in every process; most objects are a class."""
    words = [told(type(value), met), str(getattr(value, "__name__", ""))]
    if met.is_new(value):
        words += [f"{name}={told(each, met)}" for name, each in _record(value)]
    return _joined(words)


def _record(value: object) -> Iterable[tuple[str, object]]:
    """Return the fields of an object that is nothing but its fields."""
    if is_dataclass(value):
        return [(each.name, getattr(value, each.name, None)) for each in fields(value)]
    return vars(value).items() if isinstance(value, SimpleNamespace | Namespace) else ()


def _joined(words: Iterable[str]) -> str:
    return f"({', '.join(words)})"


@told.register(NoneType)
@told.register(int)
@told.register(float)
@told.register(complex)
@told.register(str)
@told.register(bytes)
@told.register(Enum)
@told.register(np.generic)
@told.register(torch.dtype)
def _of_plain(value: object, _met: Met) -> str:
    return repr(value)


@told.register(tuple)
@told.register(list)
@told.register(dict)
def _of_items(value: Iterable[object], met: Met) -> str:
    if not isinstance(value, tuple) and not met.is_new(value):
        return "met"
    items = value.items() if isinstance(value, dict) else value
    return _joined(told(each, met) for each in items)


@told.register(set)
@told.register(frozenset)
def _of_set(value: Iterable[object], met: Met) -> str:
    ordered = sorted(value, key=lambda each: str(getattr(each, "__qualname__", each)))
    return _joined(told(each, met) for each in ordered)


@told.register
def _of_tensor(value: torch.Tensor, _met: Met) -> str:
    return f"{value.dtype}{tuple(value.shape)}"


@told.register
def _of_torch_module(value: nn.Module, met: Met) -> str:
    return told(type(value), met)


@told.register
def _of_module(value: ModuleType, met: Met) -> str:
    met.is_in_file(value.__name__)
    return value.__name__


@told.register
def _of_partial(value: partial, met: Met) -> str:  # type: ignore[type-arg]
    return told((value.func, value.args, *value.keywords.items()), met)


@told.register
def _of_method(value: MethodType, met: Met) -> str:
    return told((value.__func__, value.__self__), met)


@told.register
def _of_class(value: type, met: Met) -> str:
    """Name a class and its bases; one of a function, or of no file, is told with its members."""
    words = [f"{value.__module__}.{value.__qualname__}"]
    is_in_file = met.is_in_file(value.__module__)
    if met.is_new(value):
        words += [told(base, met) for base in value.__bases__]
        words += [] if is_in_file and "<locals>" not in value.__qualname__ else _members(value, met)
    return _joined(words)


def _members(made: type, met: Met) -> Iterator[str]:
    """Tell what a class holds, without what Python writes into every class."""
    for name, value in vars(made).items():
        bare = getattr(value, "__func__", getattr(value, "fget", value))
        if isinstance(bare, FunctionType) or not name.startswith("__"):
            yield f"{name}={told(bare, met)}"


@told.register
def _of_function(value: FunctionType, met: Met) -> str:
    """Name a function; one that its name does not lead to, or of no file, is told by its code."""
    words = [f"{value.__module__}.{value.__qualname__}"]
    is_in_file = met.is_in_file(value.__module__)
    is_named = imports.find(value.__module__, value.__qualname__) is value
    if met.is_new(value) and not (is_in_file and is_named):
        parts = (value.__code__, value.__defaults__, value.__kwdefaults__, *_captured(value))
        words += [told(part, met) for part in parts]
        words += [] if is_in_file else _globals(value, met)
    return _joined(words)


def _captured(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing is assigned to the name yet
            yield cell.cell_contents


def _globals(function: FunctionType, met: Met) -> Iterator[str]:
    for name in _names(function.__code__):
        if name in function.__globals__:
            yield f"{name}={told(function.__globals__[name], met)}"


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


@told.register
def _of_code(value: CodeType, met: Met) -> str:
    return told((value.co_code, value.co_names, value.co_consts), met)
