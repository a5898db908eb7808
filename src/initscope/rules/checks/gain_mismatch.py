"""PAR005: weights with the gain of another activation than the one that feeds them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from initscope.errors import InputError
from initscope.observe import Operation, Parameter
from initscope.planning.places import Place
from initscope.planning.slots import Slot
from initscope.rules.checks.output_scale import is_off, outputs
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep
from initscope.rules.finding import Finding, Severity
from initscope.rules.rule import Rule
from initscope.rules.scales import COARSE, is_centred, matching, tolerance
from initscope.theory import activation
from initscope.theory.moments import Moments, moments

GAINS = {"a linear layer": 1.0, "ReLU": 2.0, "tanh in PyTorch's table": 25 / 9}
"""Squared gains that are in common use: variance times fan."""

A_LAYER = 1.1
"""Change of a second moment a layer, below which a gain is close enough."""

TELLS, HURTS, LOST = 10.0, 1e3, 1e8
"""Change over the chain that is information, a warning (30 times the values), an error."""

_PASSED = frozenset({"view", "dropout"})


@dataclass(frozen=True, slots=True)
class Link:
    """A weight in a chain of weights and one activation.

    Attributes:
        slot: the weight.
        fed_by: the activation whose values it multiplies.
        gain: whose gain it has.
        signal: logarithm of the change of the signal's second moment that follows.
        gradient: the same of the gradient.
        ends: the preactivations before it, and its own operation.
    """

    slot: Slot
    fed_by: str
    gain: str
    signal: float
    gradient: float
    ends: tuple[Operation, Operation]


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for all weights fed by the same activation, at the first of them."""
    links = [
        link
        for slot, parameter in evidence.weights
        if (link := _link(slot, parameter, evidence)) is not None
    ]
    for fed_by, gain in dict.fromkeys((link.fed_by, link.gain) for link in links):
        chain = [link for link in links if (link.fed_by, link.gain) == (fed_by, gain)]
        finding = _finding(rule, evidence, chain)
        if finding is not None:
            yield finding


def _finding(rule: Rule, evidence: Evidence, chain: list[Link]) -> Finding | None:
    signal, gradient = ([link.signal for link in chain], [link.gradient for link in chain])
    worst = max(signal, gradient, key=_typical)
    if _typical(worst) < max(math.log(A_LAYER), math.log(TELLS) / len(chain)):
        return None
    total, each = math.exp(min(abs(sum(worst)), 700.0)), math.exp(sum(worst) / len(chain))
    first, measured = chain[0], is_measured(chain, sum(signal), sum(gradient))
    what = "signal" if worst is signal else "gradient"
    finding = rule.at(
        evidence.trace.parameter(first.slot.name),
        f"{len(chain)} weights have the gain of {first.gain}, but {_words(first.fed_by)} feeds "
        f"them: the {what}'s second moment changes by a factor {each:.3g} a layer",
        f"variance times fan = {GAINS[first.gain]:.3g}; a factor {math.exp(sum(worst)):.3g} over "
        f"{len(chain)} layers",
        f"a factor near 1 a layer: {_needed(first.fed_by)}",
        severity=_judged(evidence, chain, total) if measured else "info",
        parameters=tuple(link.slot.name for link in chain),
    )
    return finding.with_also(*(link.slot.name for link in chain[1:]))


def _typical(logs: list[float]) -> float:
    """Return the size of the median change in the deeper half, where transients are over."""
    return abs(float(np.median(logs[len(logs) // 2 :])))


def _judged(evidence: Evidence, chain: list[Link], total: float) -> Severity:
    """Judge a change; what takes the outputs out of their range is a warning at any size."""
    change = math.exp(min(max(sum(link.signal for link in chain), -700.0), 700.0))
    spoiled = any(
        is_off(row.forward.second_moment) and not is_off(row.forward.second_moment / change)
        for row in outputs(evidence)
        if row.forward is not None and row.forward.second_moment > 0
    )
    return "warning" if spoiled and severity(total) == "info" else severity(total)


def severity(total: float) -> Severity:
    """Judge a change by its size over the whole chain."""
    if total > LOST:
        return "error"
    return "warning" if total > HURTS else "info"


def is_measured(chain: list[Link], signal: float, gradient: float) -> bool:
    """Whether signal and gradient change as predicted, to half of the logarithm's size."""
    first, last = chain[0].ends[0], chain[-1].ends[1]
    agree = [True]
    if first.forward and last.forward:
        agree.append(_alike(signal, last.forward.second_moment, first.forward.second_moment))
    if first.backward and last.backward:
        sizes = [each.second_moment * each.elements for each in (first.backward, last.backward)]
        agree.append(_alike(gradient, *sizes))
    return all(agree)


def _alike(predicted: float, to: float, since: float) -> bool:
    if abs(predicted) < math.log(TELLS) or not (to > 0 and since > 0):
        return True
    return math.log(to / since) / predicted > 1 / 2


@cache
def changes(fed_by: str, variance: float, q: float) -> tuple[float, float]:
    r"""Return the logarithms of the changes of signal and gradient in one layer.

    For weights of variance :math:`\sigma_w^2 / n` behind preactivations of second moment q,
    :math:`\sigma_w^2 E[f(x)^2] / q` and :math:`\sigma_w^2 E[f'(x)^2]`.

    >>> [round(math.exp(each), 3) for each in changes("relu", 1.0, 3.0)]
    [0.5, 0.5]
    """
    found = _moments(fed_by, q)
    return math.log(variance * found.second / q), math.log(variance * found.slope_second)


def _link(slot: Slot, parameter: Parameter, evidence: Evidence) -> Link | None:
    """Return a weight of a plain chain whose variance is somebody's squared gain."""
    gain = whose(slot, parameter)
    place = evidence.graph.place(slot.name) if gain else None
    if gain is None or slot.fans is None or place is None or not _in_chain(place):
        return None
    row = evidence.trace.operations[place.order]
    fed_by, before = fed(evidence, row)
    if before is None or before.forward is None:
        return None
    q = before.forward.second_moment
    if not (1e-12 < q < 1e12):
        q = 1.0  # far from one only scale-free activations are met, which do not ask
    try:
        signal, gradient = changes(fed_by, parameter.std**2 * slot.fans.fan_in, q)
    except (InputError, ValueError):
        return None
    return Link(slot, fed_by, gain, signal, gradient, (before, row))


def _in_chain(place: Place) -> bool:
    """Whether nothing but weights keeps the signal: no normalization, no residual stream."""
    apart = place.branch or place.in_normalized or place.feeds == "normalization"
    return not (apart or place.is_first or place.is_head)


def whose(slot: Slot, parameter: Parameter) -> str | None:
    """Return whose squared gain the variance times a fan is, within sampling error."""
    if slot.role not in {"linear", "convolution"} or slot.fans is None:
        return None
    if not parameter.operations or tolerance(parameter) > COARSE or not is_centred(parameter):
        return None
    fan_in, fan_out = slot.fans.fan_in, slot.fans.fan_out
    return matching(parameter, {fan_in, fan_out, (fan_in + fan_out) / 2}, GAINS)


def fed(evidence: Evidence, row: Operation) -> tuple[str, Operation | None]:
    """Return the activation that feeds an operation, with what it bends; None where it is unclear.

    Directly behind another weight the activation is the identity.
    """
    index = row.producers[0] if row.producers else -1
    while index >= 0 and evidence.trace.operations[index].kind in _PASSED:
        producers = evidence.trace.operations[index].producers
        index = producers[0] if producers else -1
    if index < 0:
        return "identity", None
    found = evidence.trace.operations[index]
    if found.kind in {"linear", "convolution"}:
        return "identity", found
    if found.kind != "activation" or found.activation is None or not found.producers:
        return "identity", None
    source = evidence.trace.origin(found.producers[0])
    before = evidence.trace.operations[source] if source >= 0 else None
    is_weight = before is not None and before.kind in {"linear", "convolution"}
    return found.activation, before if is_weight else None


@cache
def _moments(fed_by: str, q: float) -> Moments:
    return moments(activation(fed_by), q)


def _needed(fed_by: str) -> str:
    slope = _moments(fed_by, 1.0).slope_second
    return f"variance times fan = {1 / slope:.3g} keeps the gradient behind {_words(fed_by)}"


def _words(fed_by: str) -> str:
    return "no activation" if fed_by == "identity" else fed_by


RULE = Rule(
    code="PAR005",
    slug="gain-mismatch",
    severity="warning",
    what="Weights have the gain of another activation than the one that feeds them.",
    why=(
        "Every layer then changes the second moment of signal and gradient by the same wrong "
        "factor, and the changes multiply along depth."
    ),
    how=(
        "The weight's variance times fan_in, fan_out or their mean is 1 (Glorot, LeCun), 2 (He) or "
        "25/9 (tanh in PyTorch's table), within four standard errors sqrt(2 / N). With it, and "
        "with the measured second moment q of the preactivations that feed the weight, the change "
        "a layer is sigma_w^2 E[f^2] / q of the signal and sigma_w^2 E[f'^2] of the gradient. It "
        "fires if the median change of the deeper half is 1.1 a layer and 10 over all layers, "
        "or more; a product over 10^3 is a warning, over 10^8 an error. One that takes the "
        "outputs out of the range of output-scale, where they are without it, is a warning too. "
        "The deeper half "
        "counts since behind a critical weight a tanh falls like one over the depth: its change "
        "tends to 1. Chains without normalization and residual branches only, without the first "
        "weight and the head; a change that is not measured, to half of its logarithm, is "
        "information."
    ),
    remedy="Use the gain of your activation: initscope.init_(model, 'auto', example).",
    reference="Glorot and Bengio, 2010; He et al., 2015, section 2.2",
    find=find,
    firing=(
        example("Xavier under ReLU, depth 30", lambda: deep("relu", 30, "glorot_normal")),
        example("He without activations, depth 20", lambda: deep("identity", 20, "he_normal")),
        example("Xavier under sigmoid, depth 10", lambda: deep("sigmoid", 10, "glorot_normal")),
    ),
    quiet=(
        example("He under ReLU, depth 30", lambda: deep("relu", 30, "he_normal")),
        example("Xavier under tanh, depth 30", lambda: deep("tanh", 30, "glorot_normal")),
        example("Xavier under ReLU, depth 3", lambda: deep("relu", 3, "glorot_normal")),
        example("a critical perceptron", lambda: healthy_deep("gelu", 10)),
    ),
    explains=("SIG001", "SIG002", "SIG004", "GRD001", "GRD002", "OUT001", "OUT002"),
)
