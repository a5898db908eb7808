"""Both passes over a trace: signals in its order, gradients against it."""

from __future__ import annotations

from collections.abc import Mapping

from initscope.observe import Operation, Trace
from initscope.propagate.gradients import Gradients
from initscope.propagate.prediction import Entry, Prediction
from initscope.propagate.roots import Roots
from initscope.propagate.signals import Signals


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
    measured, and the last ones' gradients. A gradient that gathers along the mean of the units,
    behind residual branches that end in an activation, has no prediction either
    (:mod:`initscope.propagate.coherent`). Finite layers spread: a layer of n units adds
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
    signals.run(trace.operations)
    gradients = Gradients(trace, roots, signals)
    gradients.run(reversed(trace.operations))
    entries = tuple(_entry(row, signals, gradients) for row in trace.operations)
    beside = [
        (found.second_moment, predicted)
        for row, entry in zip(trace.operations, entries, strict=True)
        if row.part_of is None
        for found, predicted in ((row.forward, entry.forward), (row.backward, entry.backward))
        if found is not None
    ]
    known = [(found, predicted) for found, predicted in beside if predicted is not None]
    within = sum(predicted.holds(found) for found, predicted in known)
    return Prediction(entries, len(beside), len(known), within)


def _entry(row: Operation, signals: Signals, gradients: Gradients) -> Entry:
    flow, pull = signals.predicted.get(row.index), gradients.predicted.get(row.index)
    part = row.part_of is not None
    return Entry(
        index=row.index,
        key=row.key,
        model=row.kind if flow else None,
        reason=f"part of operation {row.part_of}" if part else _why_not(row, signals.reasons),
        forward=flow.forecast() if flow else None,
        restarted=flow.restarted if flow else False,
        backward=pull.forecast() if pull else None,
        backward_reason=_why_not(row, gradients.reasons),
        backward_restarted=pull.restarted if pull else False,
    )


def _why_not(row: Operation, reasons: Mapping[int, str]) -> str:
    reason = reasons.get(row.index)
    return f"not predicted: {reason}" if reason else ""
