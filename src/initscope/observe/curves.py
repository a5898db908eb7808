"""Activations that are written out, such as ``x * torch.sigmoid(x)``, known by their curves.

Pointwise calls that lead from one tensor to one tensor are repeated on a grid of numbers. Where
the result is the curve of a named activation, the last call stands for it, and the others become
its parts. What was computed decides, not how it was written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from initscope.observe import kinds
from initscope.observe.event import Event, Operand, Recipe

_DEEPEST = 12  # calls in one written-out activation; GELU's tanh form has nine
_TOLERANCE = 1e-6  # constants are often written in float32

Curve = Callable[[Tensor], Tensor]

_SHAPES: dict[str, Curve] = {
    "relu": torch.relu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "silu": functional.silu,
    "mish": functional.mish,
    "hardswish": functional.hardswish,
    "hardsigmoid": functional.hardsigmoid,
    "relu6": functional.relu6,
    "hardtanh": functional.hardtanh,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "relu_squared": lambda x: torch.relu(x) ** 2,
    "elu": functional.elu,
    "selu": functional.selu,
    "erf": torch.erf,
    "sin": torch.sin,
}

Signature = tuple[Any, ...]


@cache
def _grid() -> Tensor:
    return torch.linspace(-7.3, 7.3, 59, dtype=torch.float64, device="cpu")


@cache
def _known() -> Tensor:
    """Return the curves of all shapes, one a row."""
    return torch.stack([curve(_grid()) for curve in _SHAPES.values()])


class Recognizer:
    """Recognize curves, each form once: the same lines of code run in every layer."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self._names: dict[Signature, str | None] = {}

    def run(self) -> None:
        """Name the last call of every written-out activation, and mark its parts."""
        for index, event in enumerate(self._events):
            if event.kind in kinds.POINTWISE - {kinds.ACTIVATION} and event.recipe is not None:
                self._try(index, event)

    def _try(self, index: int, event: Event) -> None:
        for source, chain in self._chains(index):
            signature = self._signature(chain, source)
            if signature not in self._names:
                self._names[signature] = self._name(index, source)
            name = self._names[signature]
            if name is not None:
                self._adopt(index, event, source, chain, name)
                return

    def _adopt(
        self, index: int, event: Event, source: Operand, chain: list[int], name: str
    ) -> None:
        event.kind, event.function, event.activation = (
            kinds.ACTIVATION,
            name.partition("(")[0],
            name,
        )
        event.operands = (source,)
        outside = {
            operand.producer
            for number, other in enumerate(self._events)
            if number not in chain and other.part_of is None
            for operand in other.operands
        }
        for part in chain:
            if part != index and part not in outside:
                self._events[part].part_of = index

    def _chains(self, index: int) -> Iterator[tuple[Operand, list[int]]]:
        """Yield single tensors that this call depends on, the nearest first, with what is between.

        Starting from the call's operands, the latest is again and again replaced by its own
        operands; wherever one is left, everything depends on it alone.
        """
        chain, open_ends = [index], set(self._events[index].operands)
        while len(chain) <= _DEEPEST:
            if len(open_ends) == 1:
                yield next(iter(open_ends)), list(chain)
            latest = max(open_ends, key=lambda operand: operand.producer)
            if latest.producer < 0 or self._events[latest.producer].recipe is None:
                break
            open_ends.remove(latest)
            open_ends.update(self._events[latest.producer].operands)
            chain.append(latest.producer)

    def _signature(self, chain: list[int], source: Operand) -> Signature:
        places = {number: place for place, number in enumerate(chain)}

        def written(value: Any) -> Any:
            if not isinstance(value, Operand):
                return repr(value)
            return "x" if value == source else places.get(value.producer)

        return tuple(
            (
                recipe.function,
                *map(written, recipe.args),
                *((name, written(value)) for name, value in recipe.kwargs.items()),
            )
            for recipe in (self._events[number].recipe for number in chain)
            if recipe is not None
        )

    def _name(self, index: int, source: Operand) -> str | None:
        try:
            found = self._curve(index, source, {})
        except (RuntimeError, TypeError, ValueError):
            return None
        if found.shape != _grid().shape:
            return None
        for name, is_same in zip(_SHAPES, _agree(found, _known()).tolist(), strict=True):
            if is_same:
                return name
        slope = _slope(found)
        return f"leaky_relu(a={slope:g})" if slope is not None else None

    def _curve(self, index: int, source: Operand, made: dict[int, Tensor]) -> Tensor:
        event = self._events[index]
        if event.kind == kinds.VIEW:
            made[index] = self._value(event.operands[0], source, made)
        elif event.recipe is not None:
            made[index] = self._call(event.recipe, source, made)
        return made[index]

    def _call(self, recipe: Recipe, source: Operand, made: dict[int, Tensor]) -> Tensor:
        args = [self._value(value, source, made) for value in recipe.args]
        kwargs = {name: self._value(value, source, made) for name, value in recipe.kwargs.items()}
        result: Tensor = recipe.function(*args, **kwargs)
        return result

    def _value(self, value: Any, source: Operand, made: dict[int, Tensor]) -> Any:
        """Stand in for an operand: the grid, or what was made of it; copies, as calls may write."""
        if not isinstance(value, Operand):
            return value
        if value == source:
            return _grid().clone()
        if value.producer not in made:
            self._curve(value.producer, source, made)
        return made[value.producer].clone()


def _slope(found: Tensor) -> float | None:
    """Return the slope below zero of a curve that is leaky ReLU's."""
    slope = float(found[0] / _grid()[0])
    same = 0 < abs(slope) < 1 and _agree(found, functional.leaky_relu(_grid(), slope))
    return round(slope, 6) if same else None


def _agree(found: Tensor, known: Tensor) -> Tensor:
    """Whether curves are the same, up to the rounding of their constants."""
    return ((found - known).abs() <= _TOLERANCE).all(-1)


_PARAMETERS = {
    "leaky_relu": (("a", 0.01),),
    "elu": (("alpha", 1.0),),
    "celu": (("alpha", 1.0),),
    "softplus": (("beta", 1.0),),
    "hardtanh": (("min_val", -1.0), ("max_val", 1.0)),
}


def name_activations(events: list[Event]) -> None:
    """Give every activation its text form, in the names of the mean-field theory."""
    with torch.no_grad():
        Recognizer(events).run()
    for event in events:
        if event.kind == kinds.ACTIVATION and event.activation is None:
            event.function = _function(event)
            event.activation = _text(event)
    for event in events:
        if event.kind == kinds.ACTIVATION and event.operands:
            _before(event, events).is_bent = True


def _before(event: Event, events: list[Event]) -> Event:
    """Return the operation whose output an activation bends, through views."""
    while event.operands and event.operands[0].producer >= 0:
        event = events[event.operands[0].producer]
        if event.kind != kinds.VIEW:
            break
    return event


def _function(event: Event) -> str:
    """Return the name of an activation that torch spells as a case of another."""
    options = event.options
    if event.function == "gelu" and options.get("approximate") == "tanh":
        return "gelu_tanh"
    if event.function == "hardtanh" and (options.get("min_val"), options.get("max_val")) == (0, 6):
        return "relu6"
    return event.function


def _text(event: Event) -> str:
    """Write an activation with those of its parameters that are not the usual ones."""
    changed = []
    for name, usual in _PARAMETERS.get(event.function, ()):
        value = event.options.get(name, usual)
        if isinstance(value, int | float) and not math.isclose(value, usual):
            changed.append(f"{name}={value:g}")
    return f"{event.function}({', '.join(changed)})" if changed else event.function
