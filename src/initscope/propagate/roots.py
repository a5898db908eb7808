"""Which signals are independent: they come through different random weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from initscope.observe import Operation, Trace
from initscope.observe.kinds import VIEW, WEIGHTED


@dataclass(frozen=True)
class Roots:
    """Questions to a trace about shared ancestry."""

    trace: Trace

    def of(self, index: int) -> frozenset[tuple[int, int]]:
        """Return the weighted operations, or inputs, that an operation's output comes from.

        Different outputs of one split are different units of it, and count as different roots.
        """
        return self._found[index] if index >= 0 else frozenset({(index, 0)})

    @cached_property
    def _found(self) -> list[frozenset[tuple[int, int]]]:
        found: list[frozenset[tuple[int, int]]] = []
        for row in self.trace.operations:
            if row.kind in WEIGHTED or not row.producers:
                found.append(frozenset({(row.index, 0)}))
            else:
                found.append(
                    frozenset().union(*(found[p] if p >= 0 else {(p, 0)} for p in row.producers))
                )
        return found

    def are_disjoint(self, producers: tuple[int, ...]) -> bool:
        """Whether signals share no root, or are different pieces of a split."""
        for number, one in enumerate(producers):
            for other in producers[number + 1 :]:
                shared = self.of(one) & self.of(other)
                if shared and not (
                    self._split(one) is not None and self._split(one) == self._split(other)
                ):
                    return False
        return True

    def _split(self, index: int) -> int | None:
        """Return the split whose piece a signal is, through pointwise operations and views."""
        while index >= 0:
            row = self.trace.operations[index]
            if row.kind == VIEW and len(row.output_shapes) > 1:
                return index
            if row.kind not in {VIEW, "activation"} or not row.producers:
                return None
            index = row.producers[0]
        return None

    @cached_property
    def reach(self) -> list[frozenset[int]]:
        """For each operation itself and those behind it that no random weight separates from it."""
        found: list[frozenset[int]] = [frozenset()] * len(self.trace.operations)
        for row in reversed(self.trace.operations):
            ahead = (found[each.index] for each in self.trace.consumers(row.index))
            if row.kind in WEIGHTED:
                found[row.index] = frozenset()
            else:
                found[row.index] = frozenset({row.index}).union(*ahead)
        return found

    def meet_again(self, rows: Sequence[Operation]) -> bool:
        """Whether gradients through two of these consumers have a path without weights in common.

        They start from the same gradient, then, and are correlated.
        """
        seen: frozenset[int] = frozenset()
        for row in rows:
            if seen & self.reach[row.index]:
                return True
            seen |= self.reach[row.index]
        return False
