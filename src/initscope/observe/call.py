"""A call of a torch function as it stands before it runs, and the event that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor

from initscope.observe import kinds
from initscope.observe.calls import Argument, options
from initscope.observe.event import Event, Operand, Recipe
from initscope.observe.kinds import Row
from initscope.observe.lineage import CONSTANT, Tag
from initscope.observe.operation import Key, Line, Shape, Use

Tags = list[tuple[str, Tag]]

_INHERITING = kinds.POINTWISE | {kinds.DROPOUT, kinds.CONCAT, kinds.SOFTMAX}
_RECIPES = kinds.POINTWISE | {kinds.VIEW}


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call before it runs, which may overwrite its operands.

    Attributes:
        row: what the function means.
        arguments: all arguments by name.
        tags, signals: origins of the tensors among them, and of those that carry signal.
        uses: parameters among them.
        shapes: of all tensors among them.
        written: the first argument, which a call in place writes, with its version.
        recipe: the call for repetition, if it is pointwise.
    """

    row: Row
    arguments: list[Argument]
    tags: Tags
    signals: Tags
    uses: tuple[Use, ...]
    shapes: tuple[Shape, ...]
    written: Tensor | None
    version: int
    recipe: Recipe | None

    def event(
        self, outputs: list[Tensor], key: Key, module_class: str, source: Line | None
    ) -> Event:
        """Return the event of the call, now that it has run."""
        kind = _kind(self.row, self.tags)
        first = tuple(outputs[0].shape)
        event = Event(
            key=key,
            kind=kind,
            function=self.row.function,
            module_class=module_class,
            operands=tuple(Operand(tag.producer or 0, tag.output) for _name, tag in self.signals),
            uses=self.uses,
            input_shapes=self.shapes,
            output_shapes=(first, *(tuple(each.shape) for each in outputs[1:])),
            dtype=dtype(outputs[0]),
            options=options(self.arguments) | self._layout(kind),
            in_place=self.version != version(self.written),
            source=source,
            axis=self._axis(len(first)),
            recipe=self.recipe,
        )
        event.time = _time(event)
        return event

    def _layout(self, kind: str) -> dict[str, object]:
        """Say which dimension of the parameter is the layer's output, with its transpositions."""
        if kind != kinds.LINEAR or self.row.function in {"einsum", "bilinear"}:
            return {}
        for name, tag in self.tags:
            if name == "bias" or not tag.uses:
                continue
            flips = sum(step in kinds.TRANSPOSITIONS for step in tag.uses[0].through)
            plain = name == "weight" and self.row.function not in {"linear", "rmatmul"}
            return {"layout": ("out_in", "in_out")[(flips + plain) % 2]}
        return {}

    def _axis(self, dimensions: int) -> int:
        """Return the dimension of the output's units, handed on by what keeps the layout."""
        row = self.row
        if row.channels_first:
            return 1
        keeps = row.kind in _INHERITING or row.function in kinds.COPIES or row.function == "pad"
        if keeps and self.signals and any(len(shape) == dimensions for shape in self.shapes):
            return self.signals[0][1].axis
        return -1


def version(tensor: Tensor | None) -> int:
    """Return the number of writes that a tensor has seen."""
    return -1 if tensor is None or tensor.is_inference() else tensor._version  # noqa: SLF001


def dtype(tensor: Tensor) -> str:
    """Return a type's short name, such as ``"float32"``."""
    return _short(tensor.dtype)


@cache
def _short(kind: torch.dtype) -> str:
    return str(kind).removeprefix("torch.")


def _kind(row: Row, tags: Tags) -> str:
    """Return the kind; a product of one signal with parameters is linear."""
    if row.kind != kinds.MATMUL:
        return row.kind
    factors = [tag for name, tag in tags if name not in {"bias", "offs"}]
    signals = sum(tag.producer is not None for tag in factors)
    return kinds.LINEAR if signals == 1 and any(tag.uses for tag in factors) else kinds.MATMUL


def _time(event: Event) -> int | None:
    """Return the dimension of time of a recurrent layer's output."""
    if event.kind != kinds.RECURRENT or len(event.output_shapes[0]) != 3:
        return None
    return 1 if event.options.get("batch_first") else 0


def repeatable(  # noqa: PLR0913, PLR0917 - a call and what is known of it
    function: Any,
    row: Row,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    tensors: list[tuple[str, Tensor]],
    tags: Tags,
) -> Recipe | None:
    """Keep a pointwise call for repetition, where all its tensors are signals or single numbers."""
    if row.kind not in _RECIPES or (row.kind == kinds.VIEW and row.function not in kinds.COPIES):
        return None
    stand_ins: dict[int, Any] = {}
    for (_name, tensor), (_same, tag) in zip(tensors, tags, strict=True):
        if tag.producer is not None and tensor.is_floating_point():
            stand_ins[id(tensor)] = Operand(tag.producer, tag.output)
        elif tag is CONSTANT and tensor.dim() == 0 and tensor.device.type == "cpu":
            stand_ins[id(tensor)] = tensor.detach().double()
        else:
            return None
    if any(isinstance(value, list | tuple) for value in args):
        return None
    replaced = tuple(stand_ins.get(id(value), value) for value in args)
    return Recipe(function, replaced, {k: stand_ins.get(id(v), v) for k, v in kwargs.items()})
