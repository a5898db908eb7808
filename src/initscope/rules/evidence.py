"""What rules decide from: a trace, what theory predicts of it, and questions that several ask."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from initscope.observe import Operation, Parameter, Trace
from initscope.planning.flow import WEIGHTED, members
from initscope.planning.graph import Graph
from initscope.planning.slots import Slot
from initscope.rules.profile import Step, main_paths
from initscope.rules.rescaling import rescales
from initscope.rules.waiting import held, lacks_input, moving_zeros

if TYPE_CHECKING:
    from initscope.propagate import Prediction


@dataclass(frozen=True)
class Evidence:
    """One observed model.

    Attributes:
        trace: what was measured.
        prediction: what mean-field theory expects, operation by operation.
        slots: the parameters with their roles and fans.
    """

    trace: Trace
    prediction: Prediction | None
    slots: tuple[Slot, ...]

    @cached_property
    def graph(self) -> Graph:
        """Residual branches, and what feeds what."""
        return Graph(self.trace)

    @cached_property
    def paths(self) -> tuple[tuple[Step, ...], ...]:
        """The residual streams, or the longest chain of weights; the longest first."""
        return main_paths(self.trace, self.graph)

    @property
    def path(self) -> tuple[Step, ...]:
        """The longest of the paths, from the input to the output."""
        return self.paths[0]

    def normalizes(self, path: Sequence[Step]) -> bool:
        """Whether normalizations stand between the stops of a path, or in its branches."""
        ends = [step.operation.index for step in path] or [0]
        return any(
            rescales(self.trace, row) for row in self.trace.operations[min(ends) : max(ends)]
        )

    def weights_of(self, steps: Sequence[Step]) -> tuple[str, ...]:
        """Return the parameters that decide on the signal at these stops."""
        inside = self._inside(steps)
        return tuple(
            slot.name
            for slot, parameter in self.weights
            if inside.intersection(parameter.operations)
        )

    def gains_of(self, steps: Sequence[Step]) -> dict[int, float]:
        """Return the logarithm of what each weighted operation at these stops gains."""
        found: dict[int, float] = {}
        for index in sorted(self._inside(steps)):
            row = self.trace.operations[index]
            origin = self.trace.origin(row.producers[0]) if row.producers else -1
            before = self.trace.operations[origin].forward if origin >= 0 else None
            if row.parameters and row.kind in WEIGHTED and row.forward and before:
                gain = (
                    row.forward.second_moment / before.second_moment if before.second_moment else 0
                )
                if 0 < gain < math.inf:
                    found[index] = math.log(gain)
        return found

    def _inside(self, steps: Sequence[Step]) -> set[int]:
        """Return the operations that lead to these stops alone."""
        inside: set[int] = set()
        branches = {branch.add: branch for branch in self.graph.residuals.branches}
        for step in steps:
            index = step.operation.index
            inside |= branches[index].operations if index in branches else {index}
        return inside

    @cached_property
    def activations(self) -> tuple[Operation, ...]:
        """The model's activations: none that is a part of another, none within a loss."""
        return tuple(
            row
            for row in self.trace.operations
            if row.kind == "activation" and row.part_of is None and not row.in_loss
        )

    def makers(self, row: Operation) -> tuple[Operation, ...]:
        """Return the nearest operations with parameters whose output goes into an operation."""
        found = self.graph.flow.walk(
            row.producers,
            lambda each: each.producers,
            stop=lambda each: bool(each.parameters),
        )
        return tuple(self.trace.operations[index] for index in sorted(found))

    @cached_property
    def has_unfitted_norms(self) -> bool:
        """Whether a batch normalization used stored statistics: at initialization nobody's."""
        return any(
            row.function in {"batch_norm", "instance_norm"}
            and row.options.get("batch_statistics") is False
            for row in self.trace.operations
        )

    @cached_property
    def roles(self) -> dict[str, Slot]:
        """The slot of every parameter, by its canonical name."""
        return {slot.name: slot for slot in self.slots}

    @cached_property
    def weights(self) -> tuple[tuple[Slot, Parameter], ...]:
        """Every weight that sums over inputs, with its statistics."""
        return tuple((s, self.trace.parameter(s.name)) for s in self.slots if s.is_weight)

    def has_gradient(self, parameter: Parameter) -> bool:
        """Whether any entry of a parameter would move."""
        return parameter.gradient is not None and parameter.gradient.maximum > 0

    def waits(self, parameter: Parameter) -> bool:
        """Whether a parameter has no gradient only since a zero stands beside it.

        The zero is itself about to move: its own gradient is not zero. It multiplies what the
        parameter makes, or makes all of what the parameter multiplies zero.
        """
        return any(
            index in self._held
            or lacks_input(self.trace, self.trace.operations[index], self._zeros)
            for index in parameter.operations
        )

    @cached_property
    def _held(self) -> frozenset[int]:
        return held(self.trace, self._zeros)

    @cached_property
    def _zeros(self) -> tuple[bool, ...]:
        return moving_zeros(self.trace)

    def is_mask(self, row: Operation) -> bool:
        """Whether it goes into a softmax, perhaps through sums: huge negative numbers are meant."""
        return row.kind in _MASKED and any(
            each.kind in {"softmax", "attention"} or self.is_mask(each)
            for each in self.trace.consumers_past_views(row.index)
        )

    def after(self, index: int) -> frozenset[int]:
        """Return the operations that an operation's output reaches, without itself."""
        return frozenset(members(self.graph.flow.descendants[index])) - {index}

    @property
    def batch(self) -> int:
        """Number of inputs that were seen."""
        first = next((row for row in self.trace.operations if row.input_shapes), None)
        size = first.input_shapes[0][0] if first and first.input_shapes[0] else 1
        return size * self.trace.batches


_MASKED = frozenset({"add", "elementwise"})


def decades(factor: float) -> str:
    """Write a factor for people.

    >>> decades(3.2e-9), decades(14.0)
    ('3.2e-09', '14')
    """
    return (
        f"{factor:.2g}"
        if not math.isfinite(factor) or factor < 1e-3
        else f"{np.round(factor, 3):g}"
    )
