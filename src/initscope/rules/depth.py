"""Findings of growth with depth, which four rules share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from initscope.rules.evidence import Evidence
from initscope.rules.finding import Finding, Severity
from initscope.rules.measures import (
    FEWEST,
    LOST,
    ODD,
    TOTAL,
    TOTAL_NORMALIZED,
    changes_with_depth,
    odd_layers,
)
from initscope.rules.profile import Direction, Growth, Step, growth
from initscope.rules.rule import Rule

_NAMES = {
    "signal": "the signal's second moment",
    "gradient": "the gradient's second moment",
    "relative": "the gradient's second moment, times that of the signal,",
}


def along_depth(
    rule: Rule, evidence: Evidence, direction: Direction, *, falling: bool
) -> Iterator[Finding]:
    """Yield one finding for the first path along which a second moment falls, or grows."""
    for path in evidence.paths:
        norms = direction == "gradient" and evidence.normalizes(path)
        limit = TOTAL_NORMALIZED if norms else TOTAL
        judged: Direction = "relative" if norms else direction
        for known in _followed(path, direction):
            found = growth(known, judged)
            if found is not None and changes_with_depth(found, falling=falling, limit=limit):
                yield _geometric(rule, evidence, path, found, judged)
                return


def _followed(path: tuple[Step, ...], direction: Direction) -> Iterator[tuple[Step, ...]]:
    """Yield what is followed; a deep path also without the head, whose bias may hide the rest."""
    yield unpooled(path) if direction == "gradient" else path
    if len(path) > FEWEST + 1:
        yield path[:-1]


def unpooled(path: tuple[Step, ...]) -> tuple[Step, ...]:
    """Leave out a head behind a mean over positions, which divides the gradient among them."""
    if len(path) < 2:
        return path
    last, before = (step.operation.output_shapes[0] for step in (path[-1], path[-2]))
    return path[:-1] if len(last) < len(before) else path


def odd(rule: Rule, evidence: Evidence, *, falling: bool) -> Iterator[Finding]:
    """Yield one finding for the layers whose signal changes unlike that of all others."""
    for path in evidence.paths:
        layers = odd_layers(path, falling=falling)
        if not layers:
            continue
        index, factor = max(layers, key=lambda each: each[1])
        steps = tuple(path[each] for each, _ in layers)
        finding = rule.at(
            path[index].operation,
            f"the signal's second moment {'falls' if falling else 'grows'} {factor:.3g} times "
            "more in this layer than in the others",
            f"{path[index].signal:.3g} behind it, {path[index - 1].signal:.3g} before",
            "a change like that of the other layers",
            severity=capped(evidence, "warning"),
            cause="the weights of this layer have another scale than those of the others",
            parameters=_odd_weights(evidence, path, steps, falling=falling),
        )
        yield finding.with_also(*(_place(path[i]) for i, _ in layers if i != index))
        return


def _odd_weights(
    evidence: Evidence, path: tuple[Step, ...], steps: tuple[Step, ...], *, falling: bool
) -> tuple[str, ...]:
    """Name the weights of odd stops whose own gain is odd; all of them where none is.

    A branch shares its change among its weights, one of which may have all of it.
    """
    gains = evidence.gains_of(path)
    usual = median(gains.values()) if gains else 0.0
    apart = {index: (usual - gain) if falling else (gain - usual) for index, gain in gains.items()}
    odd = {index for index in evidence.gains_of(steps) if apart[index] > math.log(ODD) / 2}
    chosen = tuple(
        slot.name for slot, parameter in evidence.weights if odd.intersection(parameter.operations)
    )
    return chosen or evidence.weights_of(steps)


def capped(evidence: Evidence, severity: Severity) -> Severity:
    """Return the severity, or "info" where statistics of batch normalization were not in force.

    In eval mode an untrained batch normalization passes on what comes: training will not see this.
    """
    return "info" if evidence.has_unfitted_norms else severity


def _place(step: Step) -> str:
    return step.operation.module or step.operation.function


def _geometric(
    rule: Rule,
    evidence: Evidence,
    path: tuple[Step, ...],
    found: Growth,
    direction: Direction,
) -> Finding:
    falling = found.total < 1
    factor = 1 / found.factor if falling else found.factor
    first, last = (getattr(path[i], direction) for i in (found.first, found.last))
    lost = not 1 / LOST < found.total < LOST
    return rule.at(
        path[min(found.first, found.last)].operation,
        f"{_NAMES[direction]} {'falls' if falling else 'grows'} by a factor {factor:.3g} a layer "
        f"over {found.layers} layers{'' if direction == 'signal' else ' towards the input'}",
        f"{last:.3g} at the end, {first:.3g} at the start (t = {found.t:.1f})",
        "the same order of magnitude at every depth",
        severity=capped(evidence, "error" if lost else "warning"),
        cause=_cause(evidence, path, direction),
        parameters=evidence.weights_of(path),
    )


def _cause(evidence: Evidence, path: tuple[Step, ...], direction: Direction) -> str:
    """Say what the path tells of the reason."""
    if evidence.has_unfitted_norms:
        return "batch normalization is in eval mode with untrained statistics: check in train mode"
    if direction == "signal":
        return "every layer's weights are off the scale that its activation keeps"
    if sum(step.normalized for step in path) > len(path) / 2:
        return "every normalization multiplies the gradient, and no residual branch bypasses it"
    signal = growth(path, "signal")
    if signal is not None and max(signal.total, 1 / signal.total) < _STEADY:
        return "weights off their critical scale, while biases or saturation hold the signal"
    return "every layer's weights are off the scale that its activation keeps"


_STEADY = 100.0  # change of the signal over all layers that gradients cannot come from alone
