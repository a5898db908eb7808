"""The recorder: every call of a torch function passes it during the forward pass.

Python composites such as ``F.relu`` arrive before the functions that they call, and run with the
recorder off: one event for one meaning. ``F.multi_head_attention_forward`` alone is opened, so
that its projections, its product and its softmax are events like any others.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module
from torch.overrides import TorchFunctionMode

from initscope.observe import kinds
from initscope.observe.autograd import behind, custom, leaves_behind, moved, sign
from initscope.observe.call import Call, Tags, dtype, repeatable, version
from initscope.observe.calls import flat, named, tensors
from initscope.observe.composites import is_composite, opened
from initscope.observe.event import Event, Operand
from initscope.observe.kinds import Row, row_of
from initscope.observe.lineage import CONSTANT, Lineage, Tag, derived, used
from initscope.observe.modules import Places
from initscope.observe.operation import Key, Line, Use
from initscope.observe.recurrent import Gatekeeper
from initscope.observe.shelf import Shelf
from initscope.observe.source import caller
from initscope.observe.statistics import gradients, signals, whole_gradients
from initscope.observe.values import is_measurable


class Recorder(TorchFunctionMode):
    """Record the operations of a forward pass, with their producers and statistics."""

    def __init__(self, lineage: Lineage, places: Places, shelf: Shelf | None) -> None:
        super().__init__()
        self._shelf = shelf
        self._gatekeeper = None if shelf is None else Gatekeeper(shelf)
        self.events: list[Event] = []
        self.custom_gradients: dict[str, None] = {}
        self._lineage = lineage
        self._places = places
        self._inputs = 0
        self._calls: dict[tuple[str, str], int] = {}
        self._rows: dict[object, Row] = {}
        self._off = False

    def input(self, tensor: Tensor) -> None:
        """Let a tensor be an input of the model."""
        self._inputs += 1
        self._lineage.set(tensor, Tag(-self._inputs))

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        row = self._rows.get(func)
        if row is None:
            row = self._rows[func] = row_of(func)
        if self._off or row is kinds.SILENT:
            return func(*args, **kwargs)
        if is_composite(func):
            with self:
                return opened(func)(*args, **kwargs)
        if row is kinds.FRESH or row is kinds.RANDOM:
            return self._made(func(*args, **kwargs), row)
        return self._seen(func, row, args, kwargs)

    def _seen(self, func: Any, row: Row, args: Any, kwargs: Any) -> Any:
        """Run a call; it is an operation where a signal comes in, or weights make one."""
        arguments = named(row, args, kwargs)
        operands = tensors(arguments)
        if row.function in kinds.LIKE_ANOTHER:
            operands = operands[:1]
        tags = [(name, self.read(tensor)) for name, tensor in operands]
        signals = [(name, tag) for name, tag in tags if tag.producer is not None]
        uses = used(tags)
        if not signals and not (uses and row.kind in kinds.WEIGHTED):
            return self._derive(func(*args, **kwargs), row, tags)
        written = args[0] if args and isinstance(args[0], Tensor) else None
        call = Call(
            row=row,
            arguments=arguments,
            tags=tags,
            signals=signals,
            uses=uses,
            shapes=tuple(tuple(tensor.shape) for _name, tensor in operands),
            written=written,
            version=version(written),
            recipe=repeatable(func, row, args, kwargs, operands, tags),
        )
        of = operands[0][1].dtype
        if row.kind == kinds.RECURRENT and self._gatekeeper is not None:
            output, ran = self._gatekeeper.run(func, args, kwargs, arguments)
            self._ran(call, output, of)
            self._gatekeeper.measure(self.events[-1], arguments, ran)
            return output
        output = func(*args, **kwargs)
        self._ran(call, output, of)
        return output

    def _ran(self, call: Call, output: Any, of: torch.dtype) -> None:
        """Record a call that has run on operands of a type."""
        outputs = list(flat(output))
        if not outputs and call.written is not None and call.row.function == "setitem":
            outputs = [call.written]
        if not any(each.is_floating_point() or each.is_complex() for each in outputs):
            self._pass_on(outputs, call.signals)
            return
        key = self._key(call.row.function)
        event = call.event(outputs, key, self._places.module_class, caller())
        if event.in_place and call.written is not None:
            self._lineage.wrote(call.written, len(self.events))
        same = event.kind == kinds.VIEW and outputs[0].dtype == of
        self._record(event, outputs, measured=not same)

    def read(self, tensor: Tensor) -> Tag:
        """Return a tensor's tag; one that unseen code made becomes the output of an opaque event.

        A tensor that got its gradient function only after it was recorded, as the result of a
        custom autograd function does, is hooked now.
        """
        tag = self._lineage.get(tensor)
        if tag is None:
            if not tensor.requires_grad or tensor.is_leaf:
                return CONSTANT
            self._unseen_function(tensor)
            return self._lineage.get(tensor) or CONSTANT
        if tag.producer is not None and tag.producer >= 0 and tensor.requires_grad:
            self._look_again(self.events[tag.producer], tensor, tag)
        return tag

    def opaque(
        self,
        name: str,
        module_class: str,
        outputs: list[Tensor],
        inputs: list[Tensor],
        uses: tuple[Use, ...],
    ) -> None:
        """Record the output of code that was not seen."""
        tags = [self.read(each) for each in inputs]
        operands = [Operand(tag.producer, tag.output) for tag in tags if tag.producer is not None]
        event = Event(
            key=self._key(name),
            kind=kinds.OPAQUE,
            function=name,
            module_class=module_class,
            operands=tuple(operands) or tuple(map(_first_output, behind(outputs[0]))),
            uses=uses,
            input_shapes=tuple(tuple(each.shape) for each in inputs),
            output_shapes=tuple(tuple(each.shape) for each in outputs),
            dtype=dtype(outputs[0]),
            options={},
            in_place=False,
            source=caller(),
        )
        self._record(event, outputs, measured=True)

    def left(self, module: Module, arguments: Any, output: Any) -> None:
        """Take note of a module that ends, where its output was made by code that was not seen."""
        found = [each for each in flat(_values(output)) if self._is_unseen(each, module)]
        if not found:
            return
        off, self._off = self._off, True
        try:
            inputs = list(flat(_values(arguments)))
            uses = tuple(
                Use(use.name, name, use.through)
                for name, parameter in module.named_parameters()
                for use in self.read(parameter).uses
            )
            self.opaque(type(module).__name__, type(module).__name__, found, inputs, uses)
        finally:
            self._off = off

    def last(self) -> tuple[str, Line | None] | None:
        """Return the last event's key and line."""
        if not self.events:
            return None
        return str(self.events[-1].key), self.events[-1].source

    def _unseen_function(self, tensor: Tensor) -> None:
        """Record a function that ran unseen, with the parameters that autograd has before it."""
        name = str(tensor.grad_fn.name()) if tensor.grad_fn else "unknown"
        uses = used(
            (str(number), tag)
            for number, leaf in enumerate(leaves_behind(tensor))
            if (tag := self._lineage.get(leaf)) is not None
        )
        self.opaque(name, self._places.module_class, [tensor], [], uses)

    def _is_unseen(self, tensor: Tensor, module: Module) -> bool:
        if self._lineage.get(tensor) is not None or not tensor.is_floating_point():
            return False
        return not tensor.is_leaf or isinstance(module, torch.jit.ScriptModule)

    def _record(self, event: Event, outputs: list[Tensor], *, measured: bool) -> None:
        index = len(self.events)
        self.events.append(event)
        for number, each in enumerate(outputs):
            self._lineage.set(each, Tag(index, number, axis=event.axis))
            if event.kind != kinds.VIEW and not event.in_place:
                self._lineage.made(each)
        event.requires_grad = any(each.requires_grad for each in outputs)
        event.hooked = event.requires_grad
        for each in outputs:
            sign(each, index)
        first = outputs[0]
        if not measured or self._shelf is None:
            return
        if is_measurable(first):
            self._shelf.measure(signals, first, event.measured, event.axis, event.time)
        for number, each in enumerate(outputs):
            if each.requires_grad and is_measurable(each):
                _hook(event, moved(each) if event.in_place else each, number, self._shelf)

    def _look_again(self, event: Event, tensor: Tensor, tag: Tag) -> None:
        function = custom(tensor)
        if function is not None:
            self.custom_gradients[function] = None
        if event.hooked or tuple(tensor.shape) != event.output_shapes[tag.output]:
            return
        event.hooked = event.requires_grad = True
        if self._shelf is not None and not tensor.is_leaf and is_measurable(tensor):
            _hook(event, tensor, tag.output, self._shelf)

    def _made(self, output: Any, row: Row) -> Any:
        for each in flat(output):
            self._lineage.made(each)
            if row is kinds.RANDOM:
                self.input(each)
            else:
                self._lineage.set(each, CONSTANT)
        return output

    def _derive(self, output: Any, row: Row, tags: Tags) -> Any:
        """Tag what is computed from parameters and constants alone."""
        if isinstance(output, Tensor | tuple | list):
            uses = derived(tags, row.function)
            for each in flat(output):
                self._lineage.set(each, Tag(None, uses=uses) if uses else CONSTANT)
        return output

    def _pass_on(self, outputs: list[Tensor], signals: Tags) -> None:
        """Let whole numbers count as what they were computed from; a mask carries no signal."""
        for each in outputs:
            is_mask = each.dtype == torch.bool or not signals
            self._lineage.set(each, CONSTANT if is_mask else signals[0][1])

    def _key(self, function: str) -> Key:
        place = (self._places.path, function)
        number = self._calls.get(place, 0)
        self._calls[place] = number + 1
        return Key(*place, number)


def _hook(event: Event, tensor: Tensor, number: int, shelf: Shelf) -> None:
    """Measure a tensor's gradient when it comes; the hook keeps no reference to the tensor.

    By then it is known which calls together are one activation, whose inside is not measured.
    """

    def measure(grad: Tensor | None) -> None:  # None for an output that was not used
        if event.part_of is None and grad is not None and is_measurable(grad):
            keep = partial(event.gradients.__setitem__, number)
            by = gradients if event.is_bent else whole_gradients
            shelf.measure(by, grad, keep, event.axis, event.time)

    tensor.register_hook(measure)


def _first_output(producer: int) -> Operand:
    return Operand(producer, 0)


def _values(output: Any) -> Any:
    """Return the values of mappings, with lists and tuples as they are."""
    if isinstance(output, dict):
        return [_values(value) for value in output.values()]
    if isinstance(output, list | tuple):
        return [_values(value) for value in output]
    return output
