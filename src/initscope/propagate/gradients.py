"""The backward pass: gradients against the order of the trace."""

from __future__ import annotations

import math
from collections.abc import Sequence

from initscope.observe import Operation, Trace
from initscope.observe.kinds import VIEW, WEIGHTED
from initscope.propagate.backward.context import Context
from initscope.propagate.backward.rules import RULES
from initscope.propagate.coherent import answer
from initscope.propagate.flow import keeps_apart
from initscope.propagate.one_pass import Pass
from initscope.propagate.pull import MOST, SHARED, Pull, sum_of
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots
from initscope.propagate.signals import Signals

_OUTPUT = 0.8
"""Share of a random cotangent's size below which a gradient cannot contain one."""

_SURE = 0.25  # of the logarithm of a gradient that is what an output's would be


class Gradients(Pass[Pull]):
    """The gradient with respect to each operation's output."""

    def __init__(self, trace: Trace, roots: Roots, signals: Signals) -> None:
        super().__init__(trace, roots)
        self._signals = signals
        self._ends = [
            row
            for row in trace.operations
            if row.part_of is None and not trace.consumers(row.index)
        ]
        self._aligned = self._alignment()
        self._shared: dict[int, float] = {}
        self._cotangent, self._missing = self._hidden_outputs()

    def _predict(self, row: Operation) -> Pull:
        if not _has_gradient(row):
            raise NoModelError("no gradient arrived")
        consumers = self._trace.consumers(row.index)
        if not consumers:
            raise NoModelError("gradients start here")
        if len(row.output_shapes) == 1 and len(consumers) > 1:
            self._require_apart(row, consumers)
        pulls = [self._from(each, row) for each in consumers]
        pull = sum_of(pulls) if len(pulls) == 1 else self._gathered(row, consumers, pulls)
        if not math.isfinite(pull.second):
            raise NoModelError("its second moment overflows")
        self._require_no_output(row, pull)
        return pull

    def _from(self, consumer: Operation, row: Operation) -> Pull:
        """Return the gradient that comes back from a consumer, per element of the operand."""
        if consumer.producers.count(row.index) > 1:
            raise NoModelError("a consumer uses it twice")
        behind = self.known.get(consumer.index)
        if behind is None and _has_gradient(consumer):
            raise NoModelError(self.reasons[consumer.index])
        if behind is None:
            return Pull(0.0)
        shape = _shape_of(consumer, row)
        pull = RULES[consumer.kind](
            Context(self._trace, self._roots, consumer, row.index, shape, self._signals, behind)
        )
        if len(row.output_shapes) > 1:
            # A piece of a split is smaller than the sum of the split's outputs.
            whole = sum(math.prod(each) for each in row.output_shapes)
            return pull.scaled(math.prod(shape) / whole)
        return pull

    def _gathered(self, row: Operation, consumers: Sequence[Operation], pulls: list[Pull]) -> Pull:
        """Add the gradients of a stream and its branches, with what units share of them."""
        pull = sum_of(pulls)
        gain = answer(self._trace, self._roots, self._signals, row)
        if not gain:
            return pull
        kept = zip(consumers, pulls, strict=True)
        skipped = sum(each.second for consumer, each in kept if consumer.kind not in WEIGHTED)
        added = pull.shared * skipped * gain
        total = pull.second + added
        shared = (pull.shared * pull.second + added) / total if total else 0.0
        self._shared[row.index] = shared
        if shared > MOST:
            raise NoModelError(SHARED)
        return pull._replace(second=total, shared=shared, lean=pull.lean + added / total)

    def _require_apart(self, row: Operation, consumers: Sequence[Operation]) -> None:
        pieces = sum(math.prod(each.output_shapes[0]) for each in consumers)
        cut = all(each.kind == VIEW for each in consumers)
        if cut and pieces <= math.prod(row.output_shapes[0]):
            return
        if self._roots.meet_again(consumers):
            raise NoModelError("its gradients come by several paths without weights between")

    def _require_no_output(self, row: Operation, pull: Pull) -> None:
        """Refuse where the gradient may contain a cotangent; outputs are not recorded.

        The first operation from the end whose gradient is what an output of this size would show
        is taken for it, and those before it are free of the doubt.
        """
        found, size = row.backward, math.prod(row.output_shapes[0])
        if found is None or size > self._missing or found.second_moment < _OUTPUT * self._cotangent:
            return
        expected = pull.second + self._cotangent
        if abs(math.log(found.second_moment / expected)) < _SURE:
            self._missing -= size
        raise NoModelError("it may be an output of the model besides")

    def _hidden_outputs(self) -> tuple[float, float]:
        """Return the size of a random cotangent, and how many of it others consume besides."""
        found = [row for row in self._ends if row.backward is not None]
        if self._trace.objective != "cotangent" or not found:
            return 0.0, 0.0
        size = max(row.backward.second_moment for row in found if row.backward)
        elements = sum(sum(math.prod(shape) for shape in row.output_shapes) for row in found)
        slack = 4 * math.sqrt(2 / elements) + 0.01
        missing = 1 / size - elements if size else 0.0
        return size, missing * (1 + slack) if size * elements < 1 - slack else 0.0

    def _alignment(self) -> float:
        """Return the mean square cosine of gradients of different members, where they start."""
        if self._trace.objective != "cotangent":
            return 1.0
        units = [row.backward.units for row in self._ends if row.backward is not None]
        return 1 / min(units, default=1)

    def _aligned_at(self, row: Operation) -> float:
        """Return the alignment of gradients that start again: the consumers', or the ends'."""
        known = [self.known.get(each.index) for each in self._trace.consumers(row.index)]
        return max([self._aligned, *(pull.aligned for pull in known if pull)])

    def _shared_at(self, row: Operation) -> float:
        """Return what units share of gradients that start again: as much as behind, or one unit."""
        behind = [
            self.known[each.index].shared
            for each in self._trace.consumers(row.index)
            if each.kind not in WEIGHTED and each.index in self.known
        ]
        found = row.backward
        return self._shared.get(row.index, max([*behind, 1 / max(found.units, 1) if found else 0]))

    def _is_apart(self, consumer: Operation) -> bool:
        """Whether the gradient through a consumer comes from channels that were not mixed."""
        pull = self.known.get(consumer.index)
        passes = consumer.kind not in WEIGHTED and pull is not None and pull.apart
        return passes or keeps_apart(consumer)

    def _restart(self, row: Operation) -> Pull | None:
        found = row.backward
        if found is None or found.nonfinite or not math.isfinite(found.second_moment):
            return None
        return Pull(
            found.second_moment,
            apart=any(self._is_apart(each) for each in self._trace.consumers(row.index)),
            aligned=self._aligned_at(row),
            shared=self._shared_at(row),
            restarted=True,
        )


def _has_gradient(row: Operation) -> bool:
    """Whether a gradient arrived; those of views are not recorded."""
    return row.requires_grad and (row.kind == VIEW or row.backward is not None)


def _shape_of(consumer: Operation, row: Operation) -> tuple[int, ...]:
    """Return the shape of a consumer's operand that a producer made."""
    if len(consumer.input_shapes) == 1 or consumer.kind == VIEW:
        return consumer.input_shapes[0]
    if len(consumer.producers) == len(consumer.input_shapes):
        return consumer.input_shapes[consumer.producers.index(row.index)]
    for shape in consumer.input_shapes:
        if shape in row.output_shapes:
            return shape
    raise NoModelError("which of a consumer's operands it is cannot be told")
