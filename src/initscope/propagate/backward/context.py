"""A consumer, the gradient of its output, and which of its operands is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from initscope.observe import Operation, Trace
from initscope.propagate.flow import Flow
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots
from initscope.propagate.signals import Signals


@dataclass(frozen=True)
class Context:
    """A consumer, the gradient of its output, and which of its operands is asked for.

    Attributes:
        trace, roots: where it stands.
        row: the consumer.
        operand: the producer whose gradient is asked for.
        shape: of that operand.
        signals: of the forward pass.
        pull: the gradient with respect to its output.
    """

    trace: Trace
    roots: Roots
    row: Operation
    operand: int
    shape: tuple[int, ...]
    signals: Signals
    pull: Pull

    @property
    def flow(self) -> Flow:
        """The operand's signal, as it was measured where it was."""
        found = self.signals.as_measured(self.operand)
        if found is None:
            raise NoModelError("the signal there is not known")
        return found

    @property
    def ratio(self) -> float:
        """Elements of the output for each of the operand."""
        whole = sum(math.prod(shape) for shape in self.row.output_shapes)
        return whole / max(math.prod(self.shape), 1)

    def averaged(self, different: float) -> float:
        """Return the mean over pairs of the batch of what is one for equal members."""
        members = max(self.shape[0] * self.row.batches, 1) if len(self.shape) > 1 else 1
        return 1 / members + (1 - 1 / members) * different
