r"""The part of a gradient that moves as one number, where residual branches end in an activation.

A stream x' = x + f(W x) has few order parameters: its mean m and its second moment q, over units.
Random gradients hold a share 1 / n of their second moment along them. That share does not grow as
that of independent units does, but as the order parameters answer to one another,

.. math:: \frac{\partial m'}{\partial m} = 1 + t, \qquad t = \frac{m}{q} E[f(\sigma z) (z^2 - 1)],

since a stream with a mean moves the size of W x, and with it the mean of f. For a ReLU, where x
times its gradient is the same at every depth, it gains :math:`1 + \rho + 2 t` a block beside
:math:`1 + \rho` of independent units: 10^11 times more after a hundred blocks. f odd, a branch that
ends in weights, or one behind a normalization leave t = 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from initscope.observe import Operation, Trace
from initscope.observe.kinds import (
    ACTIVATION,
    ADD,
    DROPOUT,
    MULTIPLY,
    NORMALIZATION,
    VIEW,
    WEIGHTED,
)
from initscope.propagate.forward.activations import moments, named
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots
from initscope.propagate.signals import Signals

_PLAIN = frozenset({VIEW, DROPOUT, MULTIPLY, ADD})
_BOUND = 2.0  # of the ratio of a bow to a mean: f(x) = x^2 has it


def answer(trace: Trace, roots: Roots, signals: Signals, row: Operation) -> float:
    """Return 2 t, summed over the branches that leave an operation's output and come back."""
    consumers = trace.consumers(row.index)
    skips = [roots.reach[each.index] for each in consumers if each.kind not in WEIGHTED]
    stream = signals.as_measured(row.index) if skips else None
    if stream is None or not stream.second:
        return 0.0
    kept = frozenset[int]().union(*skips)
    bows = [_bow(trace, weights, _way(trace, weights, kept)) for weights in _fronts(trace, row)]
    return 2 * abs(stream.mean) / stream.second * sum(bows)


def _fronts(trace: Trace, row: Operation) -> Iterator[Operation]:
    """Yield the first weights of every branch that no normalization precedes."""
    for consumer in trace.consumers(row.index):
        if consumer.kind in WEIGHTED:
            yield consumer
        elif consumer.kind in {VIEW, DROPOUT, MULTIPLY, ACTIVATION}:
            yield from _fronts(trace, consumer)


def _way(trace: Trace, weights: Operation, kept: frozenset[int]) -> tuple[Operation, ...]:
    """Return what stands between a branch's weights and the sum; nothing if it is not so near."""
    way: dict[int, Operation] = {}
    queue, arrives = [*trace.consumers(weights.index)], False
    while queue:
        row = queue.pop()
        if row.index in kept:
            arrives |= row.kind == ADD
        elif row.kind not in WEIGHTED | {NORMALIZATION} and row.index not in way:
            way[row.index] = row
            queue += trace.consumers(row.index)
    return tuple(way[index] for index in sorted(way)) if arrives else ()


def _bow(trace: Trace, weights: Operation, way: Sequence[Operation]) -> float:
    """Return the size of E[f (z^2 - 1)], scaled as the branch is; a bound where f is unknown."""
    if all(row.kind in _PLAIN for row in way):
        return 0.0
    found, end = weights.forward, way[-1].forward
    bent = [row for row in way if row.kind not in _PLAIN]
    made = bent[0].forward
    if found is None or end is None or made is None or not made.second_moment:
        return 0.0
    if len(bent) > 1 or bent[0].kind != ACTIVATION:
        return _BOUND * abs(end.mean)
    variance = max(found.second_moment - found.mean**2, 0.0)
    try:
        bow = moments(named(trace, bent[0]), found.mean, variance).bow
    except NoModelError:
        return _BOUND * abs(end.mean)
    return abs(bow) * math.sqrt(end.second_moment / made.second_moment)
