"""GRD004: infinities or NaN appear in the backward pass."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.observe import Operation, Trace
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep, masked_attention, rooted
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the operation whose derivative makes them."""
    trace = evidence.trace
    broken = tuple(
        each.name for each in trace.parameters if each.gradient and each.gradient.nonfinite > 0
    )
    rows = [row for row in trace.operations if _is_broken(row)]
    if not broken and not rows:
        return
    place = _culprit(trace, rows[-1]) if rows else trace.parameter(broken[0])
    finding = rule.at(
        place,
        f"the gradient behind {getattr(place, 'function', place.module_class)} is not finite",
        f"{len(broken)} of {len(trace.parameters)} parameters have infinite or NaN gradients",
        "finite gradients",
        cause="a derivative that is infinite here, or gradients that outgrow their format",
        parameters=broken,
    )
    yield finding.with_also(*broken[:_NAMED])


_NAMED = 3  # parameters named beside the place


def _is_broken(row: Operation) -> bool:
    return row.backward is not None and row.backward.nonfinite > 0


def _culprit(trace: Trace, row: Operation) -> Operation:
    """Return the consumer whose backward pass made it: its own gradient is still finite."""
    finite = [each for each in trace.consumers_past_views(row.index) if not _is_broken(each)]
    return finite[0] if finite else row


RULE = Rule(
    code="GRD004",
    slug="non-finite-gradient",
    severity="error",
    what="Infinities or NaN appear in the backward pass.",
    why="The first step of the optimizer makes the parameters NaN; clipping by norm does not help.",
    how=(
        "The share of elements that are not finite, in the gradient of every operation's output "
        "and of every parameter. It fires on any, at the operation nearest to the loss whose "
        "derivative makes them. There is no threshold, and so no false alarm by chance."
    ),
    remedy=(
        "Keep operands of roots, norms, logarithms and divisions away from zero (an epsilon "
        "inside, not outside), and choose with where() before such an operation, not behind it."
    ),
    reference="PyTorch documentation, autograd mechanics: non-differentiable functions",
    find=find,
    firing=(
        example("the root of zero", lambda: rooted("sqrt")),
        example("the norm of zero", lambda: rooted("power")),
    ),
    quiet=(
        example("minus infinity in a mask", masked_attention),
        example("large weights", lambda: deep("relu", 3, "normal(std=1.0)")),
        example("critical tanh, depth 50", lambda: healthy_deep("tanh", 50)),
    ),
)
