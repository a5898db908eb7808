"""The two passes over a trace: signals in its order, gradients against it."""

from __future__ import annotations

import math
from dataclasses import replace

from initscope.observe import Operation, Trace
from initscope.observe.kinds import EMBEDDING, VIEW, WEIGHTED
from initscope.propagate import backward, forward
from initscope.propagate.context import Context
from initscope.propagate.flow import Flow, Pull, keeps_apart, measured, sum_of
from initscope.propagate.prediction import Entry, Prediction
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots
from initscope.propagate.weights import of

_NOT = "not predicted: "

_OUTPUT = 0.8
"""Share of a random cotangent's size below which a gradient cannot contain one."""

_SURE = 0.25  # of the logarithm of a gradient that is what an output's would be

_INPUT = "it sees an input of the model, which is not measured"
_NO_GRADIENT = "no gradient arrived"
_START = "gradients start here"


def propagate(trace: Trace) -> Prediction:
    r"""Predict the second moments of every operation's output and gradient.

    Along the recorded graph, for wide layers with independent random weights (Poole et al., 2016,
    eq. 3; Schoenholz et al., 2017, eq. 14): forward from the producers' predicted second moments
    and the measured mean and standard deviation of each parameter; backward from the consumers'
    predicted gradients, with slopes taken at the measured signal. For a dense layer of n inputs
    and m outputs, and an activation of a normal variable of variance q,

    .. math::
        q' = n s^2 E[h^2] + E[b^2], \quad g' = m s^2 g, \qquad
        E[h^2] = E[f(\sqrt q z)^2], \quad g' = E[f'(\sqrt q z)^2] g.

    Where an operation has no accurate model there is no prediction, with the reason, and what
    follows starts from its measured value. So do the first operations, whose inputs are not
    measured, and the last ones' gradients. Finite layers spread: a layer of n units adds
    :math:`Var[f^2] / (n E[f^2]^2)` to the variance of the logarithm of the signal's second moment
    and :math:`(3 E[f'^4] / E[f'^2]^2 - 1) / n` to that of the gradient (Hanin and Rolnick, 2018),
    both for one input; a batch divides them by as much as its members' cosines allow.

    Args:
        trace: what :func:`initscope.observe.observe` recorded.

    >>> import torch
    >>> from initscope.observe import observe
    >>> _ = torch.manual_seed(0)
    >>> layers = [torch.nn.Linear(64, 400), torch.nn.ReLU(), torch.nn.Linear(400, 10)]
    >>> trace = observe(torch.nn.Sequential(*layers), torch.randn(256, 64))
    >>> prediction = propagate(trace)
    >>> [entry.model for entry in prediction]
    [None, 'activation', 'linear']
    >>> low, high = prediction[1].forward.interval
    >>> low < trace.operations[1].forward.second_moment < high
    True
    """
    roots = Roots(trace)
    signals = Signals(trace, roots)
    signals.run()
    gradients = Gradients(trace, roots, signals)
    gradients.run()
    entries = tuple(_entry(row, signals, gradients) for row in trace.operations)
    measurements = [
        (
            row.part_of is None and row.forward is not None,
            row.part_of is None and row.backward is not None,
        )
        for row in trace.operations
    ]
    return Prediction(
        entries,
        sum(map(sum, measurements)),
        sum(
            (has_forward and entry.forward is not None)
            + (has_backward and entry.backward is not None)
            for (has_forward, has_backward), entry in zip(measurements, entries, strict=True)
        ),
    )


def _entry(row: Operation, signals: Signals, gradients: Gradients) -> Entry:
    flow, pull = signals.predicted.get(row.index), gradients.predicted.get(row.index)
    return Entry(
        index=row.index,
        key=row.key,
        model=row.kind if flow else None,
        reason=signals.reasons.get(row.index, ""),
        forward=flow.forecast() if flow else None,
        restarted=flow.restarted if flow else False,
        backward=pull.forecast() if pull else None,
        backward_reason=gradients.reasons.get(row.index, ""),
        backward_restarted=pull.restarted if pull else False,
    )


class Signals:
    """The forward pass."""

    def __init__(self, trace: Trace, roots: Roots) -> None:
        self._trace, self._roots = trace, roots
        self.predicted: dict[int, Flow] = {}
        self.known: dict[int, Flow] = {}
        self.reasons: dict[int, str] = {}

    def run(self) -> None:
        """Predict each operation, or start again from what was measured."""
        for row in self._trace.operations:
            if row.part_of is not None:
                self.reasons[row.index] = f"part of operation {row.part_of}"
                continue
            try:
                flow = self._predict(row)
            except NoModelError as reason:
                self.reasons[row.index] = f"not predicted: {reason}"
                self._restart(row)
                continue
            self.predicted[row.index] = self.known[row.index] = flow

    def as_measured(self, index: int) -> Flow | None:
        """Return a signal with its measured second moment, mean and cosine."""
        flow = self.known.get(index)
        origin = self._trace.origin(index)
        if flow is None or index < 0:
            return None
        found = self._trace.operations[index].forward
        if found is None and origin >= 0 and self._keeps(index, origin):
            found = self._trace.operations[origin].forward
        if found is None or found.nonfinite or not math.isfinite(found.second_moment):
            return flow
        cosine = flow.cosine if found.cosine is None else found.cosine
        dimensions = len(self._trace.operations[index].output_shapes[0])
        alike = flow.alike
        if dimensions == 2 and cosine is not None:
            alike = 1 / flow.members + (1 - 1 / flow.members) * max(cosine, 0.0)
        return replace(
            flow, second=found.second_moment, mean=found.mean, cosine=cosine, alike=alike, core=0.0,
            own=0.0, common=flow.common / flow.second * found.second_moment
            if flow.second else found.second_moment,
        )  # fmt: skip

    def _keeps(self, index: int, origin: int) -> bool:
        shapes = (self._trace.operations[each].output_shapes[0] for each in (index, origin))
        return len({math.prod(shape) for shape in shapes}) == 1

    def _predict(self, row: Operation) -> Flow:
        shows_numbers = row.kind != EMBEDDING
        if shows_numbers and any(producer < 0 for producer in row.producers):
            raise NoModelError(_INPUT)
        if shows_numbers and any(p not in self.known for p in row.producers):
            raise NoModelError("what it sees is neither predicted nor measured")
        flows = tuple(self.known[p] for p in row.producers if shows_numbers)
        at = Context(self._trace, self._roots, row, flows)
        flow = forward.RULES[row.kind](at)
        if not math.isfinite(flow.second):
            raise NoModelError("its second moment overflows")
        restarted = any(each.restarted for each in flows)
        return flow if flow.restarted == restarted else replace(flow, restarted=restarted)

    def _restart(self, row: Operation) -> None:
        before = [self.known[p] for p in row.producers if p in self.known]
        flow = measured(row, before, is_centred=self._is_centred(row))
        if flow is not None:
            self.known[row.index] = flow

    def _is_centred(self, row: Operation) -> bool:
        try:
            return all(
                of(self._trace, use).is_centred for use in row.parameters if use.argument != "bias"
            )
        except NoModelError:
            return False


class Gradients:
    """The backward pass."""

    def __init__(self, trace: Trace, roots: Roots, signals: Signals) -> None:
        self._trace, self._roots, self._signals = trace, roots, signals
        self.predicted: dict[int, Pull] = {}
        self.reasons: dict[int, str] = {}
        self._known: dict[int, Pull] = {}
        self._ends = [
            row
            for row in trace.operations
            if row.part_of is None and not roots.consumers[row.index]
        ]
        self._aligned = self._alignment()
        self._cotangent, self._missing = self._hidden_outputs()

    def run(self) -> None:
        """Predict each gradient from those of the consumers, or start from the measured one."""
        for row in reversed(self._trace.operations):
            if row.part_of is not None:
                continue
            if not row.requires_grad or (row.kind != VIEW and row.backward is None):
                self.reasons[row.index] = f"not predicted: {_NO_GRADIENT}"
                continue
            try:
                pull = self._predict(row)
            except NoModelError as reason:
                self.reasons[row.index] = f"not predicted: {reason}"
                self._restart(row)
                continue
            self.predicted[row.index] = self._known[row.index] = pull

    def _predict(self, row: Operation) -> Pull:
        consumers = self._roots.consumers[row.index]
        if not consumers:
            raise NoModelError(_START)
        if len(row.output_shapes) == 1 and len(consumers) > 1:
            self._require_apart(row, consumers)
        pulls = [pull for each in consumers for pull in self._from(each, row)]
        pull = sum_of(pulls)
        if not math.isfinite(pull.second):
            raise NoModelError("its second moment overflows")
        self._require_no_output(row, pull)
        return pull

    def _from(self, consumer: Operation, row: Operation) -> list[Pull]:
        """Return the gradient that comes back from a consumer, per element of the operand."""
        if consumer.producers.count(row.index) > 1:
            raise NoModelError("a consumer uses it twice")
        if consumer.index not in self._known:
            if consumer.requires_grad and (consumer.kind == VIEW or consumer.backward is not None):
                raise NoModelError(self.reasons[consumer.index].removeprefix(_NOT))
            return [Pull(0.0)]
        shape = _shape_of(consumer, row)
        at = backward.Context(
            self._trace,
            self._roots,
            consumer,
            row.index,
            shape,
            tuple(map(self._signals.as_measured, consumer.producers)),
            self._known[consumer.index],
        )
        pull = backward.RULES[consumer.kind](at)
        # A piece of a split is smaller than the sum of the split's outputs.
        whole = sum(math.prod(each) for each in row.output_shapes)
        return [pull.scaled(math.prod(shape) / whole) if len(row.output_shapes) > 1 else pull]

    def _require_apart(self, row: Operation, consumers: list[Operation]) -> None:
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
        known = [self._known.get(each.index) for each in self._roots.consumers[row.index]]
        return max([self._aligned, *(pull.aligned for pull in known if pull)])

    def _is_apart(self, consumer: Operation) -> bool:
        """Whether the gradient through a consumer comes from channels that were not mixed."""
        pull = self._known.get(consumer.index)
        passes = consumer.kind not in WEIGHTED and pull is not None and pull.apart
        return passes or keeps_apart(consumer)

    def _restart(self, row: Operation) -> None:
        found = row.backward
        if found is not None and math.isfinite(found.second_moment) and not found.nonfinite:
            self._known[row.index] = Pull(
                found.second_moment,
                apart=any(self._is_apart(each) for each in self._roots.consumers[row.index]),
                aligned=self._aligned_at(row),
                restarted=True,
            )


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
