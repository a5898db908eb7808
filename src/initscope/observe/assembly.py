"""From the events of all batches to one trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from torch.nn import Module

from initscope.observe import kinds
from initscope.observe.call import dtype
from initscope.observe.event import Event
from initscope.observe.gates import gates
from initscope.observe.measured import ParameterGradient, ParameterValues
from initscope.observe.merging import (
    merge_gradients,
    merge_parameter_gradients,
    merge_signals,
)
from initscope.observe.operation import Key, Operation, Use
from initscope.observe.parameters import Named
from initscope.observe.trace import Coverage, Parameter, Trace

Statistics = TypeVar("Statistics")


@dataclass(frozen=True, slots=True)
class Pass:
    """What one batch left behind."""

    events: list[Event]
    gradients: list[ParameterGradient | None]
    seen: set[str]
    custom_gradients: tuple[str, ...]
    objective: Literal["loss", "output", "cotangent", "none"]
    loss: float | None


def assemble(
    model: Module, rows: list[Named], before: list[ParameterValues], passes: list[Pass]
) -> Trace:
    """Merge the passes over all batches, by the operations' keys."""
    operations = _operations(passes)
    parameters = _parameters(rows, before, passes, operations)
    losses = [each.loss for each in passes if each.loss is not None]
    return Trace(
        model_class=type(model).__name__,
        operations=operations,
        parameters=parameters,
        coverage=_coverage(model, operations, parameters, passes),
        objective=passes[0].objective,
        loss=sum(losses) / len(losses) if losses else None,
        batches=len(passes),
        notes=tuple(_notes(passes)),
    )


def _operations(passes: list[Pass]) -> tuple[Operation, ...]:
    """Keep the order of the batch in which an operation first ran; its graph is that one's."""
    merged: dict[Key, list[Event]] = {}
    for each in passes:
        for event in each.events:
            merged.setdefault(event.key, []).append(event)
    places = {key: index for index, key in enumerate(merged)}
    home: dict[Key, list[int]] = {}
    for each in passes:
        indices = [places[event.key] for event in each.events]
        for event in each.events:
            home.setdefault(event.key, indices)
    return tuple(_operation(index, merged[key], home[key]) for key, index in places.items())


def _operation(index: int, events: list[Event], places: list[int]) -> Operation:
    first = events[0]
    producers = tuple(
        places[operand.producer] if operand.producer >= 0 else operand.producer
        for operand in first.operands
    )
    return Operation(
        index=index,
        key=first.key,
        kind=first.kind,
        function=first.function,
        activation=first.activation,
        module=first.key.path,
        module_class=first.module_class,
        producers=producers,
        parameters=_uses(events),
        input_shapes=first.input_shapes,
        output_shapes=first.output_shapes,
        dtype=first.dtype,
        options=first.options,
        in_place=first.in_place,
        requires_grad=any(event.requires_grad for event in events),
        part_of=None if first.part_of is None else places[first.part_of],
        source=first.source,
        forward=_merged([event.forward for event in events], merge_signals),
        backward=_merged([event.backward for event in events], merge_gradients),
        batches=len(events),
        gates=gates(events),
        in_loss=first.in_loss,
    )


def _uses(events: list[Event]) -> tuple[Use, ...]:
    return tuple(dict.fromkeys(use for event in events for use in event.uses))


def _merged(
    rows: Sequence[Statistics | None], merge: Callable[[list[Statistics]], Statistics]
) -> Statistics | None:
    present = [row for row in rows if row is not None]
    return merge(present) if len(present) > 1 else next(iter(present), None)


def _parameters(
    rows: list[Named],
    before: list[ParameterValues],
    passes: list[Pass],
    operations: tuple[Operation, ...],
) -> tuple[Parameter, ...]:
    users: dict[str, dict[int, None]] = {}
    for operation in operations:
        for use in operation.parameters:
            users.setdefault(use.name, {})[operation.index] = None
    gradients = zip(*(each.gradients for each in passes), strict=True)
    return tuple(
        _parameter(row, values, _merged(found, merge_parameter_gradients), users.get(row.name, {}))
        for row, values, found in zip(rows, before, gradients, strict=True)
    )


def _parameter(
    row: Named,
    values: ParameterValues,
    gradient: ParameterGradient | None,
    users: Iterable[int],
) -> Parameter:
    return Parameter(
        name=row.name,
        aliases=row.aliases,
        shape=tuple(row.tensor.shape),
        dtype=dtype(row.tensor),
        requires_grad=row.tensor.requires_grad,
        module_class=row.module_class,
        mean=values.mean,
        std=values.std,
        minimum=values.minimum,
        maximum=values.maximum,
        nonfinite=values.nonfinite,
        constant=values.minimum == values.maximum and not values.nonfinite,
        row_sketch=values.row_sketch,
        gradient=gradient,
        operations=tuple(users),
        subnormal=values.subnormal,
    )


def _coverage(
    model: Module,
    operations: tuple[Operation, ...],
    parameters: tuple[Parameter, ...],
    passes: list[Pass],
) -> Coverage:
    seen = set().union(*(each.seen for each in passes))
    custom = dict.fromkeys(name for each in passes for name in each.custom_gradients)
    unknown = {kinds.OTHER, kinds.OPAQUE}
    return Coverage(
        observed=sum(row.kind not in unknown for row in operations),
        other=Counter(row.function for row in operations if row.kind == kinds.OTHER),
        opaque=Counter(row.function for row in operations if row.kind == kinds.OPAQUE),
        custom_gradients=tuple(custom),
        unused_parameters=tuple(row.name for row in parameters if not row.operations),
        unused_modules=_unused_modules(model, seen, parameters),
        without_gradient=sum(
            row.requires_grad and row.backward is None
            for row in operations
            if row.kind != kinds.VIEW and row.part_of is None
        ),
    )


def _unused_modules(
    model: Module, seen: set[str], parameters: tuple[Parameter, ...]
) -> tuple[str, ...]:
    """Return the modules with parameters that never ran.

    Containers are left out, and modules that lend their weights to others.
    """
    used = {name for row in parameters if row.operations for name in (row.name, *row.aliases)}
    used |= seen
    return tuple(
        name
        for name, module in model.named_modules()
        if name not in seen
        and next(module.parameters(), None) is not None
        and not any(each.startswith(f"{name}.") for each in used)
    )


def _notes(passes: list[Pass]) -> list[str]:
    notes = []
    if passes[0].objective == "none":
        notes.append("No output depends on a parameter that requires a gradient: no backward pass.")
    keys = [[event.key for event in each.events] for each in passes]
    if any(each != keys[0] for each in keys):
        notes.append("Batches took different paths: operations are merged by key.")
    seen = dict.fromkeys(event.note for each in passes for event in each.events)
    return [*notes, *filter(None, seen)]
