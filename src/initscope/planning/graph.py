"""Where each weight stands in the recorded graph: what feeds it, what it feeds, its branch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from initscope.observe import Operation, Trace

_WEIGHTED = frozenset({"linear", "convolution", "transposed_convolution", "recurrent", "embedding"})
_PASSED = frozenset({"view", "dropout", "pooling", "concat", "reduction"})
"""Kinds that pass a signal on without setting its scale."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A residual branch, which leaves a stream and is added back to it.

    Attributes:
        add: the operation that adds it.
        operations: those of the branch.
        last: the weighted operations whose output is added.
    """

    add: int
    operations: frozenset[int]
    last: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a weight stands.

    Attributes:
        order: place of its first operation in the order of execution.
        fed_by: the activation whose values it multiplies; "identity" where there is none.
        feeds: the activation of its output; or "attention", "normalization", "residual", "output".
        is_first: whether no other weight comes before it.
        is_head: whether no other weight comes after it.
        branch: the innermost residual branch that it is in.
        ends_branch: whether its output is what the branch adds.
        in_normalized: whether a normalization stands somewhere in front of it.
    """

    order: int
    fed_by: str
    feeds: str
    is_first: bool
    is_head: bool
    branch: Branch | None
    ends_branch: bool
    in_normalized: bool


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
        found = (self._branch(row) for row in self.operations if row.kind == "add")
        return tuple(branch for branch in found if branch)

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
        return Place(
            order=first.index,
            fed_by=self._fed_by(first),
            feeds=self._feeds(first),
            is_first=not self._has(self._ancestors[first.index], first.index, _WEIGHTED),
            is_head=not self._has(self._descendants[first.index], first.index, _WEIGHTED),
            branch=branch,
            ends_branch=any(index in self.ends for index in indices),
            in_normalized=self._has(
                self._ancestors[first.index], first.index, frozenset({"normalization"})
            ),
        )

    def reaches(self, one: int, other: int) -> bool:
        """Whether the output of one operation goes into another."""
        return bool(self._ancestors[other] >> one & 1)

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
            stop=lambda row: row.kind == "normalization",
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

    def _has(self, bits: int, own: int, kinds: frozenset[str]) -> bool:
        return any(self.operations[i].kind in kinds for i in _members(bits & ~(1 << own)))

    def _branch(self, add: Operation) -> Branch | None:
        """An addition is residual if one side has weights, after a point that both sides share."""
        producers = [index for index in add.producers if index >= 0]
        if len(producers) != 2:
            return None
        sides = [self._ancestors[index] for index in producers]
        weights = [self._weighted(sides[k] & ~sides[1 - k]) for k in range(2)]
        end = 0 if len(weights[0]) > len(weights[1]) else 1
        if not weights[end] or not (sides[0] & sides[1] or self._shares_input(sides)):
            return None
        last = tuple(self._last_weighted(producers[end]))
        if not last:
            return None
        own = frozenset(_members(sides[end] & ~sides[1 - end]))
        return Branch(add.index, own, last)

    def _shares_input(self, sides: list[int]) -> bool:
        inputs = [
            {p for i in _members(side) for p in self.operations[i].producers if p < 0}
            for side in sides
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
            through=lambda row: row.kind != "add" or row.index == index,
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
        gates = {gate.product: gate for gate in self.trace.gates()}
        if product not in gates:
            return "identity"
        return f"gated {self.operations[gates[product].activation].activation}"

    def _feeds(self, row: Operation) -> str:
        """Follow the output forward to what decides on its scale."""
        for index in self._walk(
            [consumer.index for consumer in self.trace.consumers(row.index)],
            lambda row: [consumer.index for consumer in self.trace.consumers(row.index)],
            stop=lambda row: row.kind not in _PASSED,
        ):
            found = self.operations[index]
            if found.kind == "activation" and found.activation:
                return found.activation
            if found.kind in {"attention", "normalization", "softmax", "loss", "matmul"}:
                named = {"softmax": "output", "loss": "output", "matmul": "attention"}
                return named.get(found.kind, found.kind)
            if found.kind == "add" and any(b.add == index for b in self.branches):
                return "residual"
            if found.kind in {"multiply", "add"}:
                return "identity"
            return found.kind if found.kind in _WEIGHTED else "identity"
        return "output"

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


def _members(bits: int) -> Iterable[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
