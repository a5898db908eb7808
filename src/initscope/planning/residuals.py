"""Residual streams of a recorded graph, and the branches that are added to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from initscope.observe import Operation
from initscope.planning.flow import PASSED, WEIGHTED, Flow, members


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


@dataclass(frozen=True)
class Residuals:
    """Questions to a trace about its residual branches."""

    flow: Flow

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """Every residual branch, in the order of their additions."""
        rows = (self._branch(row) for row in self.flow.operations if _adds(row))
        found = [branch for branch in rows if branch]
        within = {index for branch in found for index in self._summed(branch)}
        return tuple(b for b in found if b.add not in within or self._is_real(b))

    @cached_property
    def ends(self) -> dict[int, Branch]:
        """The weighted operations that end a branch, with the branch."""
        return {index: branch for branch in self.branches for index in branch.last}

    def ended_by(self, name: str) -> Branch | None:
        """Return the branch whose last weight a parameter is; None where it is none."""
        found = (self.ends.get(index) for index in self.flow.trace.parameter(name).operations)
        return next((branch for branch in found if branch), None)

    def beside(self, branch: Branch) -> int:
        """Return how many terms are added to the same stream; parallel branches are several."""
        same = (b for b in self.branches if self._heads[b.add] == self._heads[branch.add])
        return sum(len(self.origins(self._end(other))) for other in same)

    def streams(self) -> tuple[tuple[Branch, ...], ...]:
        """Return the branches of every residual stream."""
        heads = dict.fromkeys(self._heads.values())
        return tuple(tuple(b for b in self.branches if self._heads[b.add] == h) for h in heads)

    def stream(self, branch: Branch) -> tuple[tuple[int, float], ...]:
        """Return the origins of the stream that a branch is added to."""
        first = min(
            (other for other in self.branches if self._heads[other.add] == self._heads[branch.add]),
            key=lambda other: other.add,
        )
        return self.origins(first.skip)

    def origins(self, index: int) -> tuple[tuple[int, float], ...]:
        """Return what is summed up in an operation: the operations, and constants on the way.

        Sums, views, dropout and multiplications with numbers are looked through.
        """
        found: list[tuple[int, float]] = []
        queue = [(index, 1.0)]
        while queue:
            at, scale = queue.pop()
            row = self.flow.operations[at] if at >= 0 else None
            factor = _number(row) if row else None
            if row and (factor is not None or row.kind in {"add", "view", "dropout"}):
                queue += [(i, scale * (factor or 1.0)) for i in dict.fromkeys(row.producers)]
            elif (at, scale) not in found:
                found.append((at, scale))
        return tuple(found)

    def sum_after(self, index: int) -> int:
        """Return the last of the sums that an operation's output enters; itself if there is none.

        Only what keeps the sum's scale stands between: views, dropout, numbers.
        """
        last = at = index
        while True:
            rows = [row for row in self.flow.trace.consumers(at) if row.index not in self.adds]
            kept = [row for row in rows if row.kind in {"add", "view", "dropout"} or _number(row)]
            if not kept:
                return last
            at = kept[0].index
            last = at if kept[0].kind == "add" else last

    def is_normalized(self, branch: Branch) -> bool:
        """Whether a branch normalizes what it takes from its stream."""
        return bool(sum(1 << index for index in branch.operations) & self.flow.normalizations)

    def weights(self, branch: Branch) -> tuple[int, ...]:
        """Return the weighted operations of a branch, without those of branches within it."""
        inner = [other for other in self.branches if other.operations < branch.operations]
        nested = frozenset().union(*(other.operations for other in inner))
        return tuple(
            index
            for index in sorted(branch.operations - nested)
            if self.flow.operations[index].kind in WEIGHTED
        )

    def closing_scales(self, branch: Branch) -> tuple[str, ...]:
        """Return the scales of the normalizations through which a branch ends."""
        found = self.flow.walk(
            [
                index
                for index in self.flow.operations[branch.add].producers
                if index in branch.operations
            ],
            lambda row: row.producers,
            stop=self.flow.is_normalization,
            through=lambda row: row.kind in PASSED,
        )
        return tuple(
            use.name
            for index in found
            for use in self.flow.operations[index].parameters
            if use.argument == "weight"
        )

    def _end(self, branch: Branch) -> int:
        """Return the operation whose output a branch adds."""
        producers = self.flow.operations[branch.add].producers
        return producers[1] if producers[0] == branch.skip else producers[0]

    def _summed(self, branch: Branch) -> list[int]:
        """Return the sums that are terms of what a branch adds."""
        return self.flow.walk(
            [self._end(branch)],
            lambda row: row.producers,
            stop=lambda row: row.kind == "add",
            through=lambda row: row.kind in {"view", "dropout"},
        )

    def _is_real(self, branch: Branch) -> bool:
        """Whether the branch leaves the stream that it is added to, and is no parallel term."""
        return branch.skip < 0 or self.flow.reaches(branch.skip, self._end(branch))

    @cached_property
    def adds(self) -> frozenset[int]:
        """The additions of all branches."""
        return frozenset(branch.add for branch in self.branches)

    @cached_property
    def _heads(self) -> dict[int, int]:
        """For each residual addition the first one of its stream.

        A stream goes on through whatever holds no weight: normalizations behind an addition too.
        """
        heads: dict[int, int] = {}
        for branch in self.branches:
            before = self.flow.walk(
                [branch.skip],
                lambda row: row.producers,
                stop=lambda row: row.index in heads or row.kind in WEIGHTED,
            )
            joined = [heads[index] for index in before if index in heads]
            heads[branch.add] = joined[0] if joined else branch.add
        return heads

    def _branch(self, add: Operation) -> Branch | None:
        """An addition is residual if one side has weights, after a point that both sides share."""
        producers = add.producers
        if len(producers) != 2 or max(producers) < 0:
            return None
        sides = [self.flow.ancestors[index] if index >= 0 else 0 for index in producers]
        weights = [self.flow.weighted(sides[k] & ~sides[1 - k]) for k in range(2)]
        end = 0 if len(weights[0]) > len(weights[1]) else 1
        if not weights[end] or not (sides[0] & sides[1] or self._shares_input(producers, sides)):
            return None
        last = tuple(self._last_weighted(producers[end]))
        if not last:
            return None
        own = frozenset(members(sides[end] & ~sides[1 - end]))
        return Branch(add.index, own, last, producers[1 - end])

    def _shares_input(self, producers: Sequence[int], sides: list[int]) -> bool:
        inputs = [
            {p for i in members(side) for p in self.flow.operations[i].producers if p < 0}
            | ({index} if index < 0 else set())
            for index, side in zip(producers, sides, strict=True)
        ]
        return bool(inputs[0] & inputs[1])

    def _last_weighted(self, index: int) -> Iterable[int]:
        """Walk back from the end of a branch to the weights whose output it is."""
        return self.flow.walk(
            [index],
            lambda row: row.producers,
            stop=lambda row: row.kind in WEIGHTED,
            through=lambda row: row.kind != "softmax" and (row.kind != "add" or row.index == index),
        )


def _adds(row: Operation) -> bool:
    """Whether it may add a branch to a stream; terms of a loss are neither."""
    return row.kind == "add" and not row.in_loss


def _number(row: Operation) -> float | None:
    """Return the number that an operation multiplies its only signal with; None if it does not."""
    other = row.options.get("other")
    if row.kind != "multiply" or len(row.producers) != 1 or row.parameters:
        return None
    if isinstance(other, bool) or not isinstance(other, int | float) or other == 0:
        return None
    return 1 / other if row.function in {"div", "divide", "true_divide"} else float(other)
