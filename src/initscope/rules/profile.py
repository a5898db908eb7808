"""Second moments along the main path of a model, and how they grow with depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from initscope.observe import Operation, Trace
from initscope.planning.graph import Graph

Direction = Literal["signal", "gradient"]

_WEIGHTED = frozenset({"linear", "convolution", "transposed_convolution", "recurrent"})


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on the main path.

    Attributes:
        operation: a weighted operation, or the addition of a residual branch.
        signal: second moment of its output.
        gradient: second moment of the gradient, times the number of elements of one input: what
            weights scaled by their fan-in keep, whatever the widths; None where none arrived.
    """

    operation: Operation
    signal: float
    gradient: float | None


@dataclass(frozen=True, slots=True)
class Growth:
    """How a quantity changes along the path.

    Attributes:
        factor: geometric mean of its change a layer.
        total: its change from the first to the last stop.
        layers: number of changes.
        t: the mean change of its logarithm in standard errors: how far from an accident it is.
        worst: index of the stop at which the largest single change ends.
        jump: that single change.
    """

    factor: float
    total: float
    layers: int
    t: float
    worst: int
    jump: float


def main_path(trace: Trace, graph: Graph) -> tuple[Step, ...]:
    """Return the residual stream where there is one, else the longest chain of weights."""
    stream = _stream(graph)
    indices = stream if len(stream) > 2 else _chain(trace)
    rows = (trace.operations[index] for index in indices)
    return tuple(_step(row) for row in rows if row.forward is not None)


def growth(steps: Sequence[Step], direction: Direction) -> Growth | None:
    """Measure a change along depth; for gradients from the last stop to the first.

    The logarithm's steps are taken as independent: their mean over their standard error is t.
    """
    values = [getattr(step, direction) for step in steps]
    known = [i for i, value in enumerate(values) if value is not None and 0 < value < math.inf]
    if direction == "gradient":
        known.reverse()
    if len(known) < 3:
        return None
    logs = np.log([values[i] for i in known])
    changes = np.diff(logs)
    spread = float(changes.std(ddof=1)) / math.sqrt(len(changes))
    worst = int(np.abs(changes).argmax())
    return Growth(
        factor=float(np.exp(changes.mean())),
        total=float(np.exp(np.clip(logs[-1] - logs[0], -700, 700))),
        layers=len(changes),
        t=float(changes.mean() / max(spread, 1e-12)),
        worst=known[worst + 1],
        jump=float(np.exp(np.clip(changes[worst], -700, 700))),
    )


def _step(row: Operation) -> Step:
    assert row.forward is not None  # noqa: S101 - asked for before
    gradient = None
    if row.backward is not None:
        batch = row.output_shapes[0][0] if row.output_shapes[0] else 1
        gradient = row.backward.second_moment * row.backward.elements / max(batch, 1)
    return Step(row, row.forward.second_moment, gradient)


def _stream(graph: Graph) -> list[int]:
    """Return the additions of residual branches that follow one another."""
    reach: dict[int, list[int]] = {}
    adds = [branch.add for branch in graph.branches]
    for index in adds:
        before = [other for other in adds if other < index and graph.reaches(other, index)]
        best = max((reach[other] for other in before), key=len, default=[])
        reach[index] = [*best, index]
    return max(reach.values(), key=len, default=[])


def _chain(trace: Trace) -> list[int]:
    """Return the weighted operations on the path that holds most of them."""
    best: list[tuple[int, int]] = []  # weights up to here, and the operation before on that path
    for row in trace.operations:
        count, before = max(((best[p][0], p) for p in row.producers if p >= 0), default=(0, -1))
        best.append((count + (row.kind in _WEIGHTED), before))
    if not best:
        return []
    index = max(range(len(best)), key=lambda i: best[i][0])
    path = []
    while index >= 0:
        if trace.operations[index].kind in _WEIGHTED:
            path.append(index)
        index = best[index][1]
    return path[::-1]
