"""Where each weight of a recorded graph stands: what feeds it, and what it feeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from initscope.observe import Operation
from initscope.planning.flow import PASSED, WEIGHTED, Flow
from initscope.planning.residuals import Branch, Residuals


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
class Places:
    """Questions to a trace about its weights."""

    flow: Flow
    residuals: Residuals

    def of(self, name: str) -> Place | None:
        """Return where a parameter stands; None if no operation used it."""
        indices = self.flow.trace.parameter(name).operations
        if not indices:
            return None
        first = self.flow.operations[indices[0]]
        inside = [branch for branch in self.residuals.branches if first.index in branch.operations]
        branch = min(inside, key=lambda branch: len(branch.operations), default=None)
        ends = any(index in self.residuals.ends for index in indices)
        before = self.flow.ancestors[first.index]
        is_last = not self.flow.has(self.flow.descendants[first.index], first.index, WEIGHTED)
        return Place(
            order=first.index,
            fed_by=self._fed_by(first),
            feeds=self._feeds(first),
            is_first=not self.flow.has(before, first.index, WEIGHTED),
            is_head=is_last and not ends,
            branch=branch,
            ends_branch=ends,
            in_normalized=bool(before & self.flow.normalizations),
            score_gain=self._score_gain(first),
        )

    def _score_gain(self, row: Operation) -> float:
        """Follow a query to its attention: 1 / (scale * sqrt(features)), usually one."""
        for index in self.flow.walk(
            self.flow.following(row),
            self.flow.following,
            stop=lambda row: row.kind not in PASSED,
        ):
            found = self.flow.operations[index]
            if found.kind != "attention" or not self._is_query(row, found):
                continue
            scale, features = found.options.get("scale"), found.input_shapes[0][-1]
            if isinstance(scale, int | float) and scale > 0:
                return 1 / (scale * math.sqrt(features))
        return 1.0

    def _is_query(self, row: Operation, attention: Operation) -> bool:
        query, key = attention.producers[:2]
        reached = [self.flow.reaches(row.index, index) for index in (query, key) if index >= 0]
        return reached == [True, False]

    def _fed_by(self, row: Operation) -> str:
        """Follow the first operand back to an activation."""
        for index in self.flow.walk(
            row.producers[:1],
            lambda row: row.producers[:1],
            stop=lambda row: row.kind not in PASSED,
        ):
            found = self.flow.operations[index]
            if found.activation and found.kind == "activation":
                return found.activation
            if found.kind == "multiply":
                return self._gate(index)
        return "identity"

    def _gate(self, product: int) -> str:
        """Name a gated product by its activations: "silu gate", "silu * sigmoid"."""
        gates = {gate.product: gate for gate in self.flow.trace.gates()}
        if product not in gates:
            return "identity"
        gate = gates[product]
        own = self.flow.operations[gate.activation].activation
        origin = self.flow.trace.origin(gate.other)
        other = self.flow.operations[origin].activation if origin >= 0 else None
        return f"{other} * {own}" if other else f"{own} gate"

    def _feeds(self, row: Operation) -> str:
        """Follow the output forward to what decides on its scale."""
        for index in self.flow.walk(
            self.flow.following(row),
            self.flow.following,
            stop=lambda row: not self._keeps(row),
        ):
            found = self.flow.operations[index]
            if found.kind == "activation" and found.activation:
                return found.activation
            if self.flow.is_normalization(found) or self._is_statistic(found):
                return "normalization"
            named = {"softmax": "output", "loss": "output", "matmul": "attention"}
            return named.get(found.kind, "residual" if found.kind == "add" else found.kind)
        return "output"

    def _keeps(self, row: Operation) -> bool:
        """Whether a signal goes on at its own scale: residual additions end it."""
        masks = row.function in {"where", "masked_fill"}
        sums = row.kind == "add" and row.index not in self.residuals.adds
        return masks or sums or row.kind in PASSED

    def _is_statistic(self, row: Operation) -> bool:
        """Whether it is the square of a normalization that is written out."""
        return row.function in {"pow", "square"} and any(
            self.flow.is_normalization(self.flow.operations[index])
            for index in self.flow.walk(
                self.flow.following(row),
                self.flow.following,
                stop=lambda each: each.kind == "multiply",
                through=lambda each: each.kind in {"reduction", "add", "elementwise", "view"},
            )
        )
