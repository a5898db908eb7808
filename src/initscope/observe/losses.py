"""Where the model's output ends and a loss begins.

What a loss computes is no signal of the model: its values are sums, squares and penalties, on
whatever scale. The caller's loss is known by when it runs; a loss within the output by what it is
made of, from the last operations that hold parameters on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from initscope.observe.event import Event
from initscope.observe.kinds import ACTIVATION
from initscope.observe.mode import Recorder
from initscope.observe.objective import contained_loss, leaves


def mark_losses(recorder: Recorder, output: Any, end: int) -> None:
    """Mark what a loss computes; the model's own operations are those before `end`."""
    events = recorder.events
    for event in events[end:]:
        event.in_loss = True
    loss = contained_loss(output)
    start = None if loss is None else recorder.read(loss).producer
    if start is None:
        return
    outputs = (recorder.read(each).producer for each in leaves(output) if each.dim() > 0)
    model = _before(
        events, [*_with_parameters(events[:end]), *(i for i in outputs if i is not None)]
    )
    for index in sorted(_before(events, [start]) - model):
        events[index].in_loss = not _bends_output(events, events[index])


def _with_parameters(events: list[Event]) -> Iterator[int]:
    """Yield the operations that use parameters; a penalty added to the loss is a single number."""
    return (
        index for index, event in enumerate(events) if event.uses and event.output_shapes[0] != ()
    )


def _before(events: list[Event], ends: Iterable[int]) -> set[int]:
    """Return operations with all that come before them."""
    found: set[int] = set()
    queue = [index for index in ends if index >= 0]
    while queue:
        index = queue.pop()
        if index not in found:
            found.add(index)
            queue += [each.producer for each in events[index].operands if each.producer >= 0]
    return found


def _bends_output(events: list[Event], event: Event) -> bool:
    """Whether it is an activation of the model's output, and not of what the loss made of it."""
    makers = (each.producer for each in event.operands)
    return event.kind == ACTIVATION and not any(i >= 0 and events[i].in_loss for i in makers)
