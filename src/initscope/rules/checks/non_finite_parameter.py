"""PAR004: a parameter with inf or NaN, or with what memory held before."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.observe import Parameter
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example, healthy_deep
from initscope.rules.examples_of_weights import holding, offset
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

HUGE = 1e15
"""Its square times a fan is near the end of float32; 32 random bits exceed it in 30 % of cases."""


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first such parameter, with the others beside it."""
    found = [
        (parameter, what)
        for parameter in evidence.trace.parameters
        if (what := nonsense(parameter)) is not None
    ]
    if not found:
        return
    parameter, what = found[0]
    finding = rule.at(
        parameter,
        f"{parameter.name} holds {what}",
        f"values from {parameter.minimum:.3g} to {parameter.maximum:.3g}, "
        f"{parameter.nonfinite:.1%} of them not finite",
        "finite numbers of ordinary size",
        parameters=tuple(each.name for each, _ in found),
    )
    yield finding.with_also(*(each.name for each, _ in found[1:]))


def nonsense(parameter: Parameter) -> str | None:
    """Say what is wrong with the values themselves; None where nothing is."""
    if parameter.nonfinite > 0:
        return "inf or NaN"
    if parameter.constant:
        return None
    largest = max(abs(parameter.minimum), abs(parameter.maximum))
    if largest > HUGE:
        return f"numbers as large as {largest:.2g}, as memory does that was never written"
    if parameter.subnormal > 0:
        return "numbers below 1.2e-38, as memory does that was never written"
    return None


RULE = Rule(
    code="PAR004",
    slug="non-finite-parameter",
    severity="error",
    what="A parameter holds inf or NaN, or memory that was never written.",
    why=(
        "Whatever it touches is not a number, or whatever lay in memory: results differ from run "
        "to run, and no step of training mends them."
    ),
    how=(
        "The share of values that are not finite; else a largest value above 1e15 or a value "
        "below the smallest normal float32, unless all are equal. A normal draw of standard "
        "deviation s falls below 1.2e-38 with probability 1e-38 / s; 32 random bits do so in 1 of "
        "256 cases, and integers or pointers always."
    ),
    remedy=(
        "Fill every parameter (torch.empty only reserves memory): "
        "initscope.init_(model, 'auto', example=batch)."
    ),
    reference="PyTorch documentation, torch.empty",
    find=find,
    firing=(
        example("a NaN in a weight", lambda: holding(float("nan"))),
        example("numbers of 1e30, as memory leaves them", lambda: holding(1e30)),
        example("numbers of 1e-41, as memory leaves them", lambda: holding(1e-41)),
    ),
    quiet=(
        example("a healthy perceptron", lambda: healthy_deep("relu", 3)),
        example("weights of standard deviation 100", lambda: offset(100.0)),
    ),
    explains=(
        *("SIG001", "SIG002", "SIG003"),
        *("GRD001", "GRD002", "GRD003", "GRD004"),
        *("UNI001", "UNI002", "OUT001", "OUT002"),
    ),
)
