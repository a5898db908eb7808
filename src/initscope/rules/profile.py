"""Second moments along the main paths of a model, and how they grow with depth."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from initscope.observe import Operation, Trace
from initscope.planning.graph import Graph
from initscope.planning.residuals import Branch
from initscope.rules.rescaling import rescales

Direction = Literal["signal", "gradient", "relative"]

_WEIGHTED = frozenset({"linear", "convolution", "transposed_convolution", "recurrent"})

_SHORTEST = 3
"""Stops from which additions count as a residual stream: two changes have a spread."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stop on a main path.

    Attributes:
        operation: a weighted operation, or the addition of a residual branch.
        signal: second moment of its output.
        gradient: second moment of the gradient, times the number of elements of one input: what
            weights scaled by their fan-in keep, whatever the widths; None where none arrived.
        normalized: whether a normalization stands between the stop before and this one, so that
            this signal does not depend on the scale of that one.
        added: second moment of what a residual branch adds whose normalization makes it the same
            however small the stream is; None for all other stops.
    """

    operation: Operation
    signal: float
    gradient: float | None
    normalized: bool = False
    added: float | None = None

    @property
    def relative(self) -> float | None:
        """What a relative change of the signal does to the loss: no normalization changes it."""
        return None if self.gradient is None else self.gradient * self.signal


@dataclass(frozen=True, slots=True)
class Growth:
    """How a quantity changes along the path.

    Attributes:
        factor: geometric mean of its change a layer.
        total: its change from the first to the last stop.
        layers: number of changes.
        t: the mean change of its logarithm in standard errors: how far from an accident it is.
        first: index of the stop at which it begins; for gradients that nearest to the output.
        last: index of the stop at which it ends.
    """

    factor: float
    total: float
    layers: int
    t: float
    first: int
    last: int


def main_paths(trace: Trace, graph: Graph) -> tuple[tuple[Step, ...], ...]:
    """Return the residual streams where there are any, else the longest chain of weights.

    A model with an encoder and a decoder has two streams; the longest comes first.
    """
    streams = [each for each in _streams(graph) if len(each) >= _SHORTEST]
    found = streams or [_chain(trace)]
    branches = {branch.add: branch for branch in graph.residuals.branches}
    return tuple(
        tuple(replace(step, added=_added(graph, step, branches)) for step in _steps(trace, each))
        for each in found
    )


def _added(graph: Graph, step: Step, branches: Mapping[int, Branch]) -> float | None:
    branch = branches.get(step.operation.index)
    if branch is None or not graph.residuals.is_normalized(branch):
        return None
    ends = [index for index in step.operation.producers if index in branch.operations]
    found = [graph.flow.operations[graph.trace.origin(end)].forward for end in ends]
    return max((each.second_moment for each in found if each), default=None)


def growth(steps: Sequence[Step], direction: Direction) -> Growth | None:
    """Measure a change along depth; for gradients from the last stop to the first.

    The logarithm's steps are taken as independent: their mean over their standard error is t. A
    signal is followed from one normalization to the next, over the longest such run.
    """
    known = _longest_run(steps) if direction == "signal" else list(reversed(range(len(steps))))
    known = [i for i in known if _is_positive(getattr(steps[i], direction))]
    if len(known) < _SHORTEST:
        return None
    logs = np.log([getattr(steps[i], direction) for i in known])
    changes = logs[1:] - logs[:-1]
    layers = len(changes)
    mean = float(changes.sum()) / layers
    variance = float(((changes - mean) ** 2).sum()) / (layers - 1)
    return Growth(
        factor=float(np.exp(mean)),
        total=float(np.exp(min(max(float(logs[-1] - logs[0]), -700.0), 700.0))),
        layers=layers,
        t=mean / max(math.sqrt(variance) / math.sqrt(layers), 1e-12),
        first=known[0],
        last=known[-1],
    )


def changes(steps: Sequence[Step]) -> dict[int, float]:
    """Return the logarithm of the signal's change into each stop, where no normalization is."""
    return {
        index: math.log(after.signal / before.signal)
        for index, (before, after) in enumerate(itertools.pairwise(steps), start=1)
        if not after.normalized and _is_positive(before.signal) and _is_positive(after.signal)
    }


def _is_positive(value: float | None) -> bool:
    return value is not None and 0 < value < math.inf


def _longest_run(steps: Sequence[Step]) -> list[int]:
    """Return the longest stretch without a normalization."""
    runs: list[list[int]] = []
    for index, step in enumerate(steps):
        if step.normalized or not runs:
            runs.append([])
        runs[-1].append(index)
    return max(runs, key=len, default=[])


def _steps(trace: Trace, route: Sequence[tuple[int, bool]]) -> Iterator[Step]:
    normalized = False
    for index, behind_norm in route:
        row = trace.operations[index]
        normalized |= behind_norm
        if row.forward is not None:
            yield _step(row, normalized=normalized)
            normalized = False


def _step(row: Operation, *, normalized: bool) -> Step:
    assert row.forward is not None  # noqa: S101 - asked for before
    gradient = None
    if row.backward is not None:
        batch = row.output_shapes[0][0] if row.output_shapes[0] else 1
        gradient = row.backward.second_moment * row.backward.elements / max(batch, 1)
    return Step(row, row.forward.second_moment, gradient, normalized)


def _streams(graph: Graph) -> list[list[tuple[int, bool]]]:
    """Return the additions of residual branches that follow one another, the longest first.

    Weights that stand between two of them are stops as well: they may change the signal.
    """
    branches = {branch.add: branch for branch in graph.residuals.branches}
    before = {add: _before(graph, branch) for add, branch in branches.items()}
    ends = sorted(before.keys() - set(before.values()), reverse=True)
    streams, seen = [], set[int]()
    for end in sorted(ends, key=lambda index: -_length(before, index)):
        stream: list[tuple[int, bool]] = []
        index: int | None = end
        while index is not None and index not in seen:
            seen.add(index)
            stream += reversed(_stops(graph, before[index], branches[index]))
            index = before[index]
        streams.append(stream[::-1])
    return sorted(streams, key=len, reverse=True)


def _stops(graph: Graph, before: int | None, branch: Branch) -> list[tuple[int, bool]]:
    """Return the weights in front of a branch, and its addition."""
    if before is None:
        return [(branch.add, False)]
    stops, last = [], before
    for index in _between(graph, before, branch):
        stops.append((index, _has_norm(graph, last, [index])))
        last = index
    return [*stops, (branch.add, _has_norm(graph, last, _skips(graph, branch)))]


def _length(before: dict[int, int | None], index: int) -> int:
    length, at = 0, before.get(index)
    while at is not None:
        length, at = length + 1, before[at]
    return length


def _skips(graph: Graph, branch: Branch) -> list[int]:
    """Return the operations that a branch is added to."""
    producers = graph.flow.operations[branch.add].producers
    return [index for index in producers if index >= 0 and index not in branch.operations]


def _before(graph: Graph, branch: Branch) -> int | None:
    """Return the nearest addition in what a branch is added to."""
    skips = _skips(graph, branch)
    found = (
        other.add
        for other in graph.residuals.branches
        if other.add < branch.add and any(graph.flow.reaches(other.add, skip) for skip in skips)
    )
    return max(found, default=None)


def _has_norm(graph: Graph, before: int, ends: Sequence[int]) -> bool:
    """Whether a normalization stands between an operation and one of those that it leads to."""
    return any(
        rescales(graph.trace, row)
        and graph.flow.reaches(before, row.index)
        and any(graph.flow.reaches(row.index, end) for end in ends)
        for row in graph.flow.operations[before + 1 : max(ends, default=0) + 1]
    )


def _is_weighted(row: Operation) -> bool:
    """Whether it is a stop of the model; products within a loss are none."""
    return row.kind in _WEIGHTED and not row.in_loss


def _between(graph: Graph, before: int, branch: Branch) -> list[int]:
    """Return the weights that carry a stream from one addition to the fork of the next branch.

    Of several ways the one with the most; weights of a shortcut, behind the fork, are none.
    """
    flow = graph.flow
    ends = graph.flow.operations[branch.add].producers
    own = [end for end in ends if end in branch.operations]
    best: dict[int, tuple[int, ...]] = {before: ()}
    for row in flow.operations[before + 1 : max(branch.skip, before) + 1]:
        ways = [best[index] for index in row.producers if index in best]
        if ways and flow.reaches(row.index, branch.skip):
            carries = _is_weighted(row) and any(flow.reaches(row.index, end) for end in own)
            best[row.index] = max(ways, key=len) + ((row.index,) if carries else ())
    return list(best.get(branch.skip, ()))


def _chain(trace: Trace) -> list[tuple[int, bool]]:
    """Return the weighted operations on the path that holds most of them."""
    best: list[tuple[int, int]] = []  # weights up to here, and the operation before on that path
    for row in trace.operations:
        count, before = max(((best[p][0], p) for p in row.producers if p >= 0), default=(0, -1))
        best.append((count + _is_weighted(row), before))
    if not best:
        return []
    index = max(range(len(best)), key=lambda i: best[i][0])
    route: list[tuple[int, bool]] = []
    normalized = False
    while index >= 0:
        row = trace.operations[index]
        if _is_weighted(row) and route:
            route[-1] = (route[-1][0], normalized)
        if _is_weighted(row):
            route.append((index, False))
            normalized = False
        normalized |= rescales(trace, row)
        index = best[index][1]
    return route[::-1]
