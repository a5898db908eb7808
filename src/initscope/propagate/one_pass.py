"""One pass over a trace: each operation from those next to it, or from what was measured."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

from initscope.observe import Operation, Trace
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots

Known = TypeVar("Known")


class Pass(ABC, Generic[Known]):
    """What one pass finds, by the operations' indices.

    Attributes:
        predicted: what a model gives.
        known: the same, and what was measured where there is no model.
        reasons: why there is none.
    """

    def __init__(self, trace: Trace, roots: Roots) -> None:
        self._trace, self._roots = trace, roots
        self.predicted: dict[int, Known] = {}
        self.known: dict[int, Known] = {}
        self.reasons: dict[int, str] = {}

    def run(self, rows: Iterable[Operation]) -> None:
        """Follow operations in their order; what is part of another is left out."""
        for row in rows:
            if row.part_of is None:
                self._follow(row)

    def _follow(self, row: Operation) -> None:
        try:
            found = self._predict(row)
        except NoModelError as reason:
            self.reasons[row.index] = str(reason)
            measured = self._restart(row)
            if measured is not None:
                self.known[row.index] = measured
        else:
            self.predicted[row.index] = self.known[row.index] = found

    @abstractmethod
    def _predict(self, row: Operation) -> Known:
        """Return what a model gives; NoModelError where there is none."""

    @abstractmethod
    def _restart(self, row: Operation) -> Known | None:
        """Return what was measured; None where nothing was, or nothing finite."""
