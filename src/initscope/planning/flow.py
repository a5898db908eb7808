"""Which operation of a recorded graph comes before which, and what lies on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from initscope.observe import Operation, Trace

WEIGHTED = frozenset({"linear", "convolution", "transposed_convolution", "recurrent", "embedding"})
PASSED = frozenset({"view", "dropout", "pooling", "concat", "reduction"})
"""Kinds that pass a signal on without setting its scale."""
_STATISTIC = frozenset({"rsqrt", "sqrt", "std", "var", "var_mean", "std_mean", "norm", "pow"})
"""Functions with which normalizations that are written out divide."""


@dataclass(frozen=True)
class Flow:
    """Order and ways in a trace."""

    trace: Trace

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The recorded operations."""
        return self.trace.operations

    def reaches(self, one: int, other: int) -> bool:
        """Whether the output of one operation goes into another."""
        return bool(self.ancestors[other] >> one & 1)

    def users(self, name: str) -> tuple[Operation, ...]:
        """Return the operations that use a parameter."""
        return tuple(self.operations[i] for i in self.trace.parameter(name).operations)

    def following(self, row: Operation) -> list[int]:
        """Return the operations that take an operation's output."""
        return [consumer.index for consumer in self.trace.consumers(row.index)]

    def walk(
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

    def has(self, bits: int, own: int, kinds: frozenset[str]) -> bool:
        """Whether a set holds an operation of some kinds besides one's own."""
        return any(self.operations[i].kind in kinds for i in members(bits & ~(1 << own)))

    def weighted(self, bits: int) -> list[int]:
        """Return the members of a set that multiply with weights."""
        return [i for i in members(bits) if self.operations[i].kind in WEIGHTED]

    @cached_property
    def ancestors(self) -> list[int]:
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
    def descendants(self) -> list[int]:
        """For each operation the set of itself and all after it, likewise."""
        found = [1 << row.index for row in self.operations]
        for row in reversed(self.operations):
            for producer in row.producers:
                if producer >= 0:
                    found[producer] |= found[row.index]
        return found

    @cached_property
    def normalizations(self) -> int:
        """Every normalization, as the bits of a number."""
        return sum(
            1 << row.index
            for row in self.operations
            if row.kind == "normalization" or self._divides_by_statistic(row)
        )

    def is_normalization(self, row: Operation) -> bool:
        """Whether an operation normalizes, also where that is written out, x * rsqrt(mean(x^2))."""
        return bool(self.normalizations >> row.index & 1)

    def _divides_by_statistic(self, row: Operation) -> bool:
        """Whether it is a product of a signal with a statistic of the same signal."""
        if row.kind != "multiply" or row.part_of is not None or len(row.producers) != 2:
            return False
        one, other = row.producers
        return min(one, other) >= 0 and (self._is_scale(other, one) or self._is_scale(one, other))

    def _is_scale(self, index: int, signal: int) -> bool:
        if self.operations[index].output_shapes[0][-1:] != (1,):
            return False
        own = self.ancestors[index] & ~self.ancestors[signal]
        made_by = [self.operations[i] for i in members(own)]
        return (
            any(row.kind == "reduction" for row in made_by)
            and any(row.function in _STATISTIC for row in made_by)
            and not any(row.kind in WEIGHTED for row in made_by)
        )


def members(bits: int) -> Iterable[int]:
    """Return the members of a set that is written as the bits of a number."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
