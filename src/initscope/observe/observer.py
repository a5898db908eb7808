"""The pass itself: forward once, backward once, for each batch."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module
from torch.utils import _pytree

from initscope.errors import InputError
from initscope.observe import parameters
from initscope.observe.assembly import Pass, assemble
from initscope.observe.curves import name_activations
from initscope.observe.house import owned, undisturbed, without_gradients
from initscope.observe.lineage import CONSTANT, Lineage, Tag
from initscope.observe.losses import mark_losses
from initscope.observe.measured import ParameterValues
from initscope.observe.mode import Recorder
from initscope.observe.modules import Places
from initscope.observe.objective import Loss, given, leaves, objective
from initscope.observe.operation import Use
from initscope.observe.parameters import Named
from initscope.observe.shelf import Shelf
from initscope.observe.trace import Trace

Batch = tuple[Sequence[Any], Mapping[str, Any]]


class ObservationError(InputError):
    """The model, or its loss, raised an error; the message says how far the pass had come.

    Attributes:
        where: path of the innermost module in which it was raised; None outside of all.
    """

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.where = where


def observe(
    model: Module,
    /,
    *args: Any,
    loss: Loss | None = None,
    batches: Iterable[Batch] = (),
    measure: bool = True,
    **kwargs: Any,
) -> Trace:
    """Run a model once forward and once backward, and record what every operation does.

    The model, its gradients, modes, buffers and hooks and all random number generators are as
    before, also where the model raises; inputs are copied. It runs in the modes it is in. Gradients
    are those of `loss`, else of a loss within the output (called ``loss``, or its only single
    number), else of the output's product with one fixed random direction of unit length. A compiled
    model is observed as it runs uncompiled.

    Args:
        model: any module.
        args: its positional arguments.
        loss: a function of the model's output that returns one number.
        batches: further inputs, each ``(args, kwargs)``; statistics are merged over all.
        measure: whether to take statistics; without, only the graph is recorded, forward alone.
        kwargs: its named arguments. For a model with an argument called ``loss``, ``batches`` or
            ``measure``, give the inputs as batches.

    Raises:
        ObservationError: the model or the loss raised an error, which is the cause.
        InputError: the model has lazy parameters or none with values, or the loss is not a number.

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    >>> trace = observe(model, torch.ones(2, 4))
    >>> [str(row.key) for row in trace.operations]
    ['0:linear#0', '1:relu#0', '2:linear#0']
    >>> trace.operations[2].producers, trace.operations[0].producers
    ((1,), (-1,))
    """
    if not isinstance(model, Module):
        raise InputError(f"cannot observe {type(model).__name__}: expected a torch.nn.Module")
    rows = parameters.named(model)
    batches = list(batches)
    if args or kwargs or not batches:
        batches.insert(0, (args, kwargs))
    with undisturbed(model), _eager(), torch.inference_mode(False), torch.enable_grad():
        before = parameters.values(rows) if measure else [ParameterValues()] * len(rows)
        run = partial(_pass, model, rows, loss=loss, measure=measure)
        passes = [run(batch) for batch in batches]
    return assemble(model, rows, before, passes)


def _pass(
    model: Module, rows: list[Named], batch: Batch, *, loss: Loss | None, measure: bool
) -> Pass:
    written = owned(model)
    lineage, places = _lineage(written, rows), Places(model)
    shelf = Shelf() if measure else None
    recorder = Recorder(lineage, places, shelf)
    args, kwargs = _pytree.tree_map(lambda value: _input(value, recorder), batch)
    without_gradients([*(row.tensor for row in rows), *written])
    with _explained("the model", recorder, places), recorder, places.followed(recorder.left):
        output = model(*args, **kwargs)
    end = len(recorder.events)
    with _explained("the loss function", recorder, places), recorder:
        found = loss(output) if loss is not None else None
    with _explained("the backward pass", recorder, places):
        target = objective(output) if loss is None else given(found)
        for tensor in leaves(output):
            recorder.read(tensor)
        name_activations(recorder.events)
        mark_losses(recorder, output, end)
        if shelf is not None:
            shelf.clear()
            target.backward()
            shelf.clear()
    return Pass(
        events=recorder.events,
        gradients=parameters.gradients(rows),
        seen=places.seen,
        custom_gradients=tuple(recorder.custom_gradients),
        objective=target.name,
        loss=target.loss,
    )


def _lineage(written: list[Tensor], rows: list[Named]) -> Lineage:
    lineage = Lineage()
    for tensor in written:
        lineage.set(tensor, CONSTANT)
    for row in rows:
        lineage.set(row.tensor, Tag(None, uses=(Use(row.name, ""),)))
    return lineage


def _input(value: Any, recorder: Recorder) -> Any:
    """Copy an input, so that a model that writes into it writes into a copy."""
    if not isinstance(value, Tensor) or isinstance(value, torch.nn.Parameter):
        return value
    copy = value.detach()
    if value.requires_grad:
        copy.requires_grad_()
    copy = copy.clone()
    recorder.input(copy)
    return copy


@contextmanager
def _explained(what: str, recorder: Recorder, places: Places) -> Iterator[None]:
    """Say what raised an error, and how far the pass had come."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        where = places.running(error)
        inside = f" in {where!r}" if where else ""
        last = recorder.last()
        after = f"; the last was {last[0]} at {last[1]}" if last else ""
        text = " ".join(str(error).split())
        raise ObservationError(
            f"{what} raised {type(error).__name__}{inside} after {len(recorder.events)} "
            f"operations{after}: {text}",
            where,
        ) from error


@contextmanager
def _eager() -> Iterator[None]:
    """Run compiled functions uncompiled; without dynamo loaded there are none."""
    with contextlib.ExitStack() as stack:
        if "torch._dynamo" in sys.modules:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        yield
