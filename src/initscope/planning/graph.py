"""Where each weight stands in the recorded graph: what feeds it, what it feeds, its branch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from initscope.observe import Operation, Trace

_WEIGHTED = frozenset({"linear", "convolution", "transposed_convolution", "recurrent", "embedding"})
_PASSED = frozenset({"view", "dropout", "pooling", "concat", "reduction"})
"""Kinds that pass a signal on without setting its scale."""
_STATISTIC = frozenset({"rsqrt", "sqrt", "std", "var", "var_mean", "std_mean", "norm", "pow"})
"""Functions with which normalizations that are written out divide."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A residual branch, which leaves a stream and is added back to it.

    Attributes:
        add: the operation that adds it.
        operations: those of the branch.
        last: the weighted operations whose output is added.
        skip: the operation that carries the stream to the addition; negative for an input.
    """

    add: int
    operations: frozenset[int]
    last: tuple[int, ...]
    skip: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a weight stands.

    Attributes:
        order: place of its first operation in the order of execution.
        fed_by: the activation whose values it multiplies; "identity" where there is none.
        feeds: the activation of its output; or "attention", "normalization", "residual",
            "multiply", "output".
        is_first: whether no other weight comes before it.
        is_head: whether no other weight comes after it, and no residual stream takes its output.
        branch: the innermost residual branch that it is in.
        ends_branch: whether its output is what the branch adds.
        in_normalized: whether a normalization stands somewhere in front of it.
        score_gain: for queries of an attention that does not divide its scores by the root of
            their dimension, what the weight has to make up for; else one.
    """

    order: int
    fed_by: str
    feeds: str
    is_first: bool
    is_head: bool
    branch: Branch | None
    ends_branch: bool
    in_normalized: bool
    score_gain: float = 1.0


@dataclass(frozen=True)
class Graph:
    """Questions to a trace that several schemes ask."""

    trace: Trace

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The recorded operations."""
        return self.trace.operations

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """Every residual branch, in the order of their additions."""
        rows = (self._branch(row) for row in self.operations if row.kind == "add")
        found = [branch for branch in rows if branch]
        within = {index for branch in found for index in self._summed(branch)}
        return tuple(b for b in found if b.add not in within or self._is_real(b))

    @cached_property
    def ends(self) -> dict[int, Branch]:
        """The weighted operations that end a branch, with the branch."""
        return {index: branch for branch in self.branches for index in branch.last}

    def place(self, name: str) -> Place | None:
        """Return where a parameter stands; None if no operation used it."""
        indices = self.trace.parameter(name).operations
        if not indices:
            return None
        first = self.operations[indices[0]]
        inside = [branch for branch in self.branches if first.index in branch.operations]
        branch = min(inside, key=lambda branch: len(branch.operations), default=None)
        ends = any(index in self.ends for index in indices)
        before = self._ancestors[first.index]
        is_last = not self._has(self._descendants[first.index], first.index, _WEIGHTED)
        return Place(
            order=first.index,
            fed_by=self._fed_by(first),
            feeds=self._feeds(first),
            is_first=not self._has(before, first.index, _WEIGHTED),
            is_head=is_last and not ends,
            branch=branch,
            ends_branch=ends,
            in_normalized=bool(before & self._normalizations),
            score_gain=self._score_gain(first),
        )

    def reaches(self, one: int, other: int) -> bool:
        """Whether the output of one operation goes into another."""
        return bool(self._ancestors[other] >> one & 1)

    def ended_by(self, name: str) -> Branch | None:
        """Return the branch whose last weight a parameter is; None where it is none."""
        found = (self.ends.get(index) for index in self.trace.parameter(name).operations)
        return next((branch for branch in found if branch), None)

    def beside(self, branch: Branch) -> int:
        """Return how many terms are added to the same stream; parallel branches are several."""
        same = (b for b in self.branches if self._heads[b.add] == self._heads[branch.add])
        return sum(len(self.origins(self._end(other))) for other in same)

    def streams(self) -> tuple[tuple[Branch, ...], ...]:
        """Return the branches of every residual stream."""
        heads = dict.fromkeys(self._heads.values())
        return tuple(tuple(b for b in self.branches if self._heads[b.add] == h) for h in heads)

    def origins(self, index: int) -> tuple[tuple[int, float], ...]:
        """Return what is summed up in an operation: the operations, and constants on the way.

        Sums, views, dropout and multiplications with numbers are looked through.
        """
        found: list[tuple[int, float]] = []
        queue = [(index, 1.0)]
        while queue:
            at, scale = queue.pop()
            row = self.operations[at] if at >= 0 else None
            factor = _number(row) if row else None
            if row and (factor is not None or row.kind in {"add", "view", "dropout"}):
                queue += [(i, scale * (factor or 1.0)) for i in dict.fromkeys(row.producers)]
            elif (at, scale) not in found:
                found.append((at, scale))
        return tuple(found)

    def stream(self, branch: Branch) -> tuple[tuple[int, float], ...]:
        """Return the origins of the stream that a branch is added to."""
        first = min(
            (other for other in self.branches if self._heads[other.add] == self._heads[branch.add]),
            key=lambda other: other.add,
        )
        return self.origins(first.skip)

    def sum_after(self, index: int) -> int:
        """Return the last of the sums that an operation's output enters; itself if there is none.

        Only what keeps the sum's scale stands between: views, dropout, numbers.
        """
        last = at = index
        while True:
            rows = [row for row in self.trace.consumers(at) if row.index not in self._adds]
            kept = [row for row in rows if row.kind in {"add", "view", "dropout"} or _number(row)]
            if not kept:
                return last
            at = kept[0].index
            last = at if kept[0].kind == "add" else last

    def is_normalized(self, branch: Branch) -> bool:
        """Whether a branch normalizes what it takes from its stream."""
        return bool(sum(1 << index for index in branch.operations) & self._normalizations)

    def is_normalization(self, row: Operation) -> bool:
        """Whether an operation normalizes, also where that is written out, x * rsqrt(mean(x^2))."""
        return bool(self._normalizations >> row.index & 1)

    def users(self, name: str) -> tuple[Operation, ...]:
        """Return the operations that use a parameter."""
        return tuple(self.operations[i] for i in self.trace.parameter(name).operations)

    def weights(self, branch: Branch) -> tuple[int, ...]:
        """Return the weighted operations of a branch, without those of branches within it."""
        inner = [other for other in self.branches if other.operations < branch.operations]
        nested = frozenset().union(*(other.operations for other in inner))
        return tuple(
            index
            for index in sorted(branch.operations - nested)
            if self.operations[index].kind in _WEIGHTED
        )

    def closing_scales(self, branch: Branch) -> tuple[str, ...]:
        """Return the scales of the normalizations through which a branch ends."""
        found = self._walk(
            [
                index
                for index in self.operations[branch.add].producers
                if index in branch.operations
            ],
            lambda row: row.producers,
            stop=self.is_normalization,
            through=lambda row: row.kind in _PASSED,
        )
        return tuple(
            use.name
            for index in found
            for use in self.operations[index].parameters
            if use.argument == "weight"
        )

    @cached_property
    def _ancestors(self) -> list[int]:
        """For each operation the set of itself and all before it, as the bits of a number."""
        found: list[int] = []
        for row in self.operations:
            bits = 1 << row.index
            for producer in row.producers:
                if producer >= 0:
                    bits |= found[producer]
            found.append(bits)
        return found

    @cached_property
    def _descendants(self) -> list[int]:
        found = [1 << row.index for row in self.operations]
        for row in reversed(self.operations):
            for producer in row.producers:
                if producer >= 0:
                    found[producer] |= found[row.index]
        return found

    def _end(self, branch: Branch) -> int:
        """Return the operation whose output a branch adds."""
        producers = self.operations[branch.add].producers
        return producers[1] if producers[0] == branch.skip else producers[0]

    def _summed(self, branch: Branch) -> list[int]:
        """Return the sums that are terms of what a branch adds."""
        return self._walk(
            [self._end(branch)],
            lambda row: row.producers,
            stop=lambda row: row.kind == "add",
            through=lambda row: row.kind in {"view", "dropout"},
        )

    def _is_real(self, branch: Branch) -> bool:
        """Whether the branch leaves the stream that it is added to, and is no parallel term."""
        return branch.skip < 0 or self._is_above(self._end(branch), self.operations[branch.skip])

    def _is_above(self, index: int, row: Operation) -> bool:
        return bool(self._ancestors[index] >> row.index & 1)

    @cached_property
    def _adds(self) -> frozenset[int]:
        return frozenset(branch.add for branch in self.branches)

    @cached_property
    def _heads(self) -> dict[int, int]:
        """For each residual addition the first one of its stream.

        A stream goes on through whatever holds no weight: normalizations behind an addition too.
        """
        heads: dict[int, int] = {}
        for branch in self.branches:
            before = self._walk(
                [branch.skip],
                lambda row: row.producers,
                stop=lambda row: row.index in heads or row.kind in _WEIGHTED,
            )
            joined = [heads[index] for index in before if index in heads]
            heads[branch.add] = joined[0] if joined else branch.add
        return heads

    @cached_property
    def _normalizations(self) -> int:
        """Every normalization, as the bits of a number."""
        return sum(
            1 << row.index
            for row in self.operations
            if row.kind == "normalization" or self._divides_by_statistic(row)
        )

    def _divides_by_statistic(self, row: Operation) -> bool:
        """Whether it is a product of a signal with a statistic of the same signal."""
        if row.kind != "multiply" or row.part_of is not None or len(row.producers) != 2:
            return False
        one, other = row.producers
        return min(one, other) >= 0 and (self._is_scale(other, one) or self._is_scale(one, other))

    def _is_scale(self, index: int, signal: int) -> bool:
        if self.operations[index].output_shapes[0][-1:] != (1,):
            return False
        own = self._ancestors[index] & ~self._ancestors[signal]
        made_by = [self.operations[i] for i in _members(own)]
        return (
            any(row.kind == "reduction" for row in made_by)
            and any(row.function in _STATISTIC for row in made_by)
            and not any(row.kind in _WEIGHTED for row in made_by)
        )

    def _score_gain(self, row: Operation) -> float:
        """Follow a query to its attention: 1 / (scale * sqrt(features)), usually one."""
        for index in self._walk(
            self._following(row),
            self._following,
            stop=lambda row: row.kind not in _PASSED,
        ):
            found = self.operations[index]
            if found.kind != "attention" or not self._is_query(row, found):
                continue
            scale, features = found.options.get("scale"), found.input_shapes[0][-1]
            if isinstance(scale, int | float) and scale > 0:
                return 1 / (scale * math.sqrt(features))
        return 1.0

    def _is_query(self, row: Operation, attention: Operation) -> bool:
        query, key = attention.producers[:2]
        reached = [self._ancestors[index] >> row.index & 1 for index in (query, key) if index >= 0]
        return reached == [1, 0]

    def _following(self, row: Operation) -> list[int]:
        return [consumer.index for consumer in self.trace.consumers(row.index)]

    def _has(self, bits: int, own: int, kinds: frozenset[str]) -> bool:
        return any(self.operations[i].kind in kinds for i in _members(bits & ~(1 << own)))

    def _branch(self, add: Operation) -> Branch | None:
        """An addition is residual if one side has weights, after a point that both sides share."""
        producers = add.producers
        if len(producers) != 2 or max(producers) < 0:
            return None
        sides = [self._ancestors[index] if index >= 0 else 0 for index in producers]
        weights = [self._weighted(sides[k] & ~sides[1 - k]) for k in range(2)]
        end = 0 if len(weights[0]) > len(weights[1]) else 1
        if not weights[end] or not (sides[0] & sides[1] or self._shares_input(producers, sides)):
            return None
        last = tuple(self._last_weighted(producers[end]))
        if not last:
            return None
        own = frozenset(_members(sides[end] & ~sides[1 - end]))
        return Branch(add.index, own, last, producers[1 - end])

    def _shares_input(self, producers: Sequence[int], sides: list[int]) -> bool:
        inputs = [
            {p for i in _members(side) for p in self.operations[i].producers if p < 0}
            | ({index} if index < 0 else set())
            for index, side in zip(producers, sides, strict=True)
        ]
        return bool(inputs[0] & inputs[1])

    def _weighted(self, bits: int) -> list[int]:
        return [i for i in _members(bits) if self.operations[i].kind in _WEIGHTED]

    def _last_weighted(self, index: int) -> Iterable[int]:
        """Walk back from the end of a branch to the weights whose output it is."""
        return self._walk(
            [index],
            lambda row: row.producers,
            stop=lambda row: row.kind in _WEIGHTED,
            through=lambda row: row.kind != "softmax" and (row.kind != "add" or row.index == index),
        )

    def _fed_by(self, row: Operation) -> str:
        """Follow the first operand back to an activation."""
        for index in self._walk(
            row.producers[:1],
            lambda row: row.producers[:1],
            stop=lambda row: row.kind not in _PASSED,
        ):
            found = self.operations[index]
            if found.activation and found.kind == "activation":
                return found.activation
            if found.kind == "multiply":
                return self._gate(index)
        return "identity"

    def _gate(self, product: int) -> str:
        """Name a gated product by its activations: "silu gate", "silu * sigmoid"."""
        gates = {gate.product: gate for gate in self.trace.gates()}
        if product not in gates:
            return "identity"
        gate = gates[product]
        own = self.operations[gate.activation].activation
        origin = self.trace.origin(gate.other)
        other = self.operations[origin].activation if origin >= 0 else None
        return f"{other} * {own}" if other else f"{own} gate"

    def _feeds(self, row: Operation) -> str:
        """Follow the output forward to what decides on its scale."""
        for index in self._walk(
            self._following(row),
            self._following,
            stop=lambda row: not self._keeps(row),
        ):
            found = self.operations[index]
            if found.kind == "activation" and found.activation:
                return found.activation
            if self.is_normalization(found) or self._is_statistic(found):
                return "normalization"
            named = {"softmax": "output", "loss": "output", "matmul": "attention"}
            return named.get(found.kind, "residual" if found.kind == "add" else found.kind)
        return "output"

    def _keeps(self, row: Operation) -> bool:
        """Whether a signal goes on at its own scale: residual additions end it."""
        masks = row.function in {"where", "masked_fill"}
        return masks or row.kind in _PASSED or (row.kind == "add" and row.index not in self._adds)

    def _is_statistic(self, row: Operation) -> bool:
        """Whether it is the square of a normalization that is written out."""
        return row.function in {"pow", "square"} and any(
            self.is_normalization(self.operations[index])
            for index in self._walk(
                self._following(row),
                self._following,
                stop=lambda each: each.kind == "multiply",
                through=lambda each: each.kind in {"reduction", "add", "elementwise", "view"},
            )
        )

    def _walk(
        self,
        start: Iterable[int],
        following: Callable[[Operation], Iterable[int]],
        *,
        stop: Callable[[Operation], bool],
        through: Callable[[Operation], bool] = lambda _row: True,
    ) -> list[int]:
        """Return the nearest operations at which a walk stops, nearest first."""
        found, seen, queue = [], set(), [index for index in start if index >= 0]
        while queue:
            index = queue.pop(0)
            if index in seen:
                continue
            seen.add(index)
            row = self.operations[index]
            if stop(row):
                found.append(index)
            elif through(row):
                queue += [i for i in following(row) if i >= 0]
        return found


def _number(row: Operation) -> float | None:
    """Return the number that an operation multiplies its only signal with; None if it does not."""
    other = row.options.get("other")
    if row.kind != "multiply" or len(row.producers) != 1 or row.parameters:
        return None
    if isinstance(other, bool) or not isinstance(other, int | float) or other == 0:
        return None
    return 1 / other if row.function in {"div", "divide", "true_divide"} else float(other)


def _members(bits: int) -> Iterable[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
