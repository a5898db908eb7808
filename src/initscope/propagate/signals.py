"""The forward pass: signals in the order of the trace."""

from __future__ import annotations

import math

from initscope.observe import Operation, Signal
from initscope.observe.kinds import EMBEDDING
from initscope.propagate.flow import Flow, measured
from initscope.propagate.forward.context import Context
from initscope.propagate.forward.rules import RULES
from initscope.propagate.one_pass import Pass
from initscope.propagate.refusal import NoModelError
from initscope.propagate.weights import of


class Signals(Pass[Flow]):
    """The signal behind each operation."""

    def _predict(self, row: Operation) -> Flow:
        flows = self._entering(row)
        flow = RULES[row.kind](Context(self._trace, self._roots, row, flows))
        if not math.isfinite(flow.second):
            raise NoModelError("its second moment overflows")
        restarted = any(each.restarted for each in flows)
        return flow if flow.restarted == restarted else flow._replace(restarted=restarted)

    def _entering(self, row: Operation) -> tuple[Flow, ...]:
        """Return the signals that enter; the indices that an embedding looks up are none."""
        if row.kind == EMBEDDING:
            return ()
        if min(row.producers, default=0) < 0:
            raise NoModelError("it sees an input of the model, which is not measured")
        found = self._known_before(row)
        if len(found) < len(row.producers):
            raise NoModelError("what it sees is neither predicted nor measured")
        return found

    def _known_before(self, row: Operation) -> tuple[Flow, ...]:
        return tuple([self.known[index] for index in row.producers if index in self.known])

    def _restart(self, row: Operation) -> Flow | None:
        return measured(row, self._known_before(row), is_centred=self._is_centred(row))

    def _is_centred(self, row: Operation) -> bool:
        try:
            return all(
                of(self._trace, use).is_centred for use in row.parameters if use.argument != "bias"
            )
        except NoModelError:
            return False

    def as_measured(self, index: int) -> Flow | None:
        """Return a signal with its measured second moment, mean and cosine."""
        flow = self.known.get(index)
        if flow is None:
            return None
        found = self._measured(index)
        if found is None or found.nonfinite or not math.isfinite(found.second_moment):
            return flow
        cosine = flow.cosine if found.cosine is None else found.cosine
        alike = flow.alike
        if len(self._trace.operations[index].output_shapes[0]) == 2 and cosine is not None:
            alike = 1 / flow.members + (1 - 1 / flow.members) * max(cosine, 0.0)
        return flow._replace(
            second=found.second_moment, mean=found.mean, cosine=cosine, alike=alike, core=0.0,
            own=0.0, common=flow.common / flow.second * found.second_moment
            if flow.second else found.second_moment,
        )  # fmt: skip

    def _measured(self, index: int) -> Signal | None:
        """Return an operation's statistics; a view has those of what it shows all of."""
        row = self._trace.operations[index]
        origin = self._trace.origin(index)
        if row.forward is not None or origin < 0:
            return row.forward
        shown = self._trace.operations[origin]
        whole = math.prod(row.output_shapes[0]) == math.prod(shown.output_shapes[0])
        return shown.forward if whole else None
