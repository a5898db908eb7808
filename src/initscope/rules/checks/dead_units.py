"""UNI002: units that are off for every input, beyond what chance makes of correlated inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import special

from initscope.errors import InputError
from initscope.observe import Operation
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example, healthy_deep
from initscope.rules.examples_of_weights import biased, one_biased
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule
from initscope.theory import activation

Z = 5.0
"""Standard errors of a share of independent units: one false alarm in 3 million layers."""

MATTERS = 0.1
"""Share above the probable that is worth a word."""

UNKNOWN = 0.9
"""Correlation assumed where large biases hide it."""


@dataclass(frozen=True, slots=True)
class Dead:
    """One layer's units.

    Attributes:
        row: the activation.
        share: units that are off for all inputs, with no gradient.
        probable: the share that chance makes.
        significant: whether the difference is no accident, and large enough.
    """

    row: Operation
    share: float
    probable: float
    significant: bool


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first layer, with the others beside it."""
    layers = (dead(row, evidence) for row in evidence.trace.operations)
    found = [layer for layer in layers if layer is not None and layer.significant]
    if not found:
        return
    first = found[0]
    finding = rule.at(
        first.row,
        f"{first.share:.0%} of the units are off for every one of {evidence.batch} inputs, and "
        "have no gradient",
        f"{first.share:.1%} of the units",
        f"{first.probable:.1%}, for inputs as correlated as these",
        severity="error" if first.share > 0.5 else rule.severity,
        parameters=_before(evidence, first.row),
    )
    yield finding.with_also(*(each.row.module or each.row.function for each in found[1:]))


def dead(row: Operation, evidence: Evidence) -> Dead | None:
    """Compare the units of a one-sided activation with what is probable.

    None for other operations, and where so few units are off that they do not matter.
    """
    edge = off_below(row)
    source = evidence.trace.origin(row.producers[0]) if row.producers else -1
    if edge is None or source < 0:
        return None
    before = evidence.trace.operations[source]
    signal, gradient = before.forward, before.backward
    if signal is None or signal.unit_maximum is None or signal.units < 2:
        return None
    off = signal.unit_maximum <= edge
    if gradient is not None and gradient.unit_maximum is not None and gradient.maximum > 0:
        off &= gradient.unit_maximum <= _FAINT * gradient.maximum
    share = int(np.count_nonzero(off)) / off.size
    if share <= MATTERS:
        return None
    inputs = before.output_shapes[0][0] * before.batches if before.output_shapes[0] else 1
    probable = all_off(correlation(before, evidence), inputs)
    error = math.sqrt(max(probable * (1 - probable), 1 / signal.units) / signal.units)
    return Dead(row, share, probable, share - probable > max(MATTERS, Z * error))


def off_below(row: Operation) -> float | None:
    """Return the preactivation below which an activation is flat, None if there is none.

    Where it is flat up to zero that is zero; else where it is within 1 % of its flat value.
    """
    if row.kind != "activation" or row.activation is None:
        return None
    return _flat_below("relu" if row.activation == "relu6" else row.activation)


@cache
def _flat_below(name: str) -> float | None:
    try:
        known = activation(name)
    except InputError:
        return None
    if known.lower is None or known.upper is not None:
        return None
    grid = np.arange(-20.0, 0.5, 0.5)
    near = np.abs(known(grid) - known.lower) <= _FLAT
    if not near[0]:
        return None
    return float(grid[len(near) - 1 if near.all() else int(near.argmin()) - 1])


def all_off(correlation: float, inputs: int) -> float:
    r"""Return the probability that a unit is off for all of n inputs.

    Inputs of pairwise correlation c give preactivations that share a normal part g,

    .. math::
        P = E_g[\Phi(-\sqrt{c}\, g / \sqrt{1 - c})^n]

    >>> all_off(0.0, 3), round(all_off(0.5, 2), 6), all_off(1.0, 100)  # 1/4 + asin(c) / (2 pi)
    (0.125, 0.333333, 0.5)
    """
    shared = min(max(correlation, 0.0), 1.0)
    if shared > 1 - 1e-9:
        return 0.5
    off = special.ndtr(-math.sqrt(shared / (1 - shared)) * _NODES) ** inputs
    return float((_DENSITY * off).sum() / _MASS)


_NODES = np.linspace(-9.0, 9.0, 1001)
_DENSITY = np.exp(-_NODES * _NODES / 2)
_MASS = _DENSITY.sum()


def correlation(before: Operation, evidence: Evidence) -> float:
    """Return the correlation of preactivations of different inputs.

    It is the cosine of what the weights multiply. Random biases are shared by all inputs; they
    count up to the size of the signal, since beyond it they are the defect.
    """
    assert before.forward is not None  # noqa: S101 - asked for before
    total = max(before.forward.second_moment, 1e-300)
    mean, spread = _bias(before, evidence)
    fixed = mean**2 + spread**2
    signal = max(total - fixed, 1e-3 * total)
    cosine = _cosine_of_input(before, evidence)
    if cosine is None:
        cosine = (before.forward.cosine or 0.0) * total / signal - fixed / signal
        cosine = min(cosine, UNKNOWN) if fixed > signal else cosine
    shared = min(spread**2, signal)
    return (signal * min(max(cosine, 0.0), 1.0) + shared) / (signal + shared)


def _bias(before: Operation, evidence: Evidence) -> tuple[float, float]:
    names = [use.name for use in before.parameters if use.argument == "bias"]
    biases = [evidence.trace.parameter(name) for name in names]
    return sum(bias.mean for bias in biases), math.sqrt(sum(bias.std**2 for bias in biases))


def _cosine_of_input(before: Operation, evidence: Evidence) -> float | None:
    if before.kind not in {"linear", "convolution"} or not before.producers:
        return None
    source = evidence.trace.origin(before.producers[0])
    if source < 0:
        return None
    signal = evidence.trace.operations[source].forward
    return signal.cosine if signal else None


def _before(evidence: Evidence, row: Operation) -> tuple[str, ...]:
    source = evidence.trace.origin(row.producers[0])
    return tuple(use.name for use in evidence.trace.operations[source].parameters)


_FLAT = 0.01  # of the flat value
_FAINT = 0.01  # of the largest gradient: what is left beyond the edge of a smooth activation

RULE = Rule(
    code="UNI002",
    slug="dead-units",
    severity="warning",
    what="Units are off for every input of every batch, and their gradient is zero.",
    why="They neither say anything nor learn: the layer is narrower than it looks.",
    how=(
        "A unit is off if its largest preactivation lies where a one-sided activation is flat, and "
        "no gradient passes. Chance alone turns units off when inputs are alike: with correlation "
        "c between n inputs (the measured cosine of what the weights multiply, the bias counted as "
        "shared up to the signal's size) the probability is E[Phi(-sqrt(c / (1 - c)) g)^n]. It "
        "fires if the share lies 10 % and five binomial standard errors above that."
    ),
    remedy=(
        "Set the biases to zero and draw the weights with mean zero: "
        "initscope.init_(model, 'auto', example)."
    ),
    reference="Lu, Shin, Su and Karniadakis, 2020 (dying ReLU)",
    find=find,
    firing=(
        example("half of the units at a bias of -10", lambda: biased("relu", 3, 0.5, -10.0)),
        example("all units of GELU at a bias of -20", lambda: biased("gelu", 3, 1.0, -20.0)),
        example("one dead layer of ten", lambda: one_biased("relu", 10)),
    ),
    quiet=(
        example("He under ReLU, depth 50", lambda: healthy_deep("relu", 50)),
        example("biases of -0.1", lambda: biased("relu", 3, 1.0, -0.1)),
        example("GELU", lambda: healthy_deep("gelu", 10)),
    ),
    explains=("SIG001", "GRD001", "GRD003", "OUT001", "UNI003"),
)
