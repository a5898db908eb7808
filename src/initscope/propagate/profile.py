"""Measured next to predicted along depth: the path through the most weights."""

from __future__ import annotations

from dataclasses import dataclass

from initscope.observe import Key, Operation, Trace
from initscope.observe.kinds import VIEW, WEIGHTED
from initscope.propagate.prediction import Backward, Forward, Prediction


@dataclass(frozen=True, slots=True)
class DepthRow:
    """An operation on the main path.

    Attributes:
        index: of the operation.
        key: its name.
        kind: its kind.
        depth: weighted operations up to it, itself included.
        signal: measured second moment of its output.
        predicted_signal: what it should be; None without a model.
        gradient: measured second moment of the gradient; None where none arrived.
        predicted_gradient: what it should be; None without a model.
    """

    index: int
    key: Key
    kind: str
    depth: int
    signal: float
    predicted_signal: Forward | None
    gradient: float | None
    predicted_gradient: Backward | None


def depth_profile(trace: Trace, prediction: Prediction) -> list[DepthRow]:
    """Return measured and predicted second moments along the path through the most weights.

    The path goes from the first weighted operation to the output, or the loss, through the graph's
    longest chain of weighted operations; views and parts of activations are left out.

    Args:
        trace: a recorded pass.
        prediction: :func:`propagate` of it.

    >>> import torch
    >>> from initscope.observe import observe
    >>> from initscope.propagate import propagate
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    >>> trace = observe(model, torch.ones(2, 8))
    >>> [(row.depth, row.kind) for row in depth_profile(trace, propagate(trace))]
    [(1, 'linear'), (1, 'activation'), (2, 'linear')]
    """
    rows = []
    depth = 0
    for operation in _longest(trace):
        depth += operation.kind in WEIGHTED
        if depth and operation.kind != VIEW and operation.forward is not None:
            rows.append(_row(operation, prediction, depth))
    return rows


def _row(operation: Operation, prediction: Prediction, depth: int) -> DepthRow:
    entry, found = prediction[operation.index], operation.forward
    gradient = operation.backward
    return DepthRow(
        operation.index,
        operation.key,
        operation.kind,
        depth,
        found.second_moment if found else float("nan"),
        entry.forward,
        gradient.second_moment if gradient else None,
        entry.backward,
    )


def _longest(trace: Trace) -> list[Operation]:
    """Return the chain with the most weights; among equals the one that goes on longest."""
    best: list[tuple[int, int]] = []
    before: list[int] = []
    for row in trace.operations:
        found = max((p for p in row.producers if p >= 0), key=lambda p: best[p], default=-1)
        weights, length = best[found] if found >= 0 else (0, 0)
        hidden = row.part_of is not None
        best.append((weights + (row.kind in WEIGHTED), length + (not hidden)))
        before.append(found)
    ends = [row.index for row in trace.operations if row.part_of is None]
    index = max(ends, key=lambda i: (best[i][0], best[i][1], i), default=-1)
    path = []
    while index >= 0:
        path.append(trace.operations[index])
        index = before[index]
    return path[::-1]
