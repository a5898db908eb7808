"""OUT002: logits or outputs on a wrong scale."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.observe import Operation, Trace
from initscope.rules.evidence import Evidence
from initscope.rules.examples import classifier, deep, example, healthy_deep, scaled_head, zero_head
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

LARGE = 100.0
"""Second moment of outputs that are too large: logits of 10 make softmax choose one class."""

SMALL = 1e-8
"""Second moment of outputs that are too small: a head that passes on 10^-4 of the gradient."""

_ENDS = frozenset(
    {"linear", "convolution", "transposed_convolution", "matmul", "add", "activation", "multiply"}
)
_LOGITS = frozenset({"cross_entropy", "nll_loss", "binary_cross_entropy_with_logits"})


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the outputs that are far from one."""
    wrong = [
        row
        for row in outputs(evidence)
        if row.forward is not None
        and not row.forward.nonfinite
        and is_off(row.forward.second_moment)
        and row.forward.second_moment > 0
    ]
    if not wrong or evidence.has_unfitted_norms:
        return
    row = wrong[0]
    assert row.forward is not None  # noqa: S101 - asked for above
    large = row.forward.second_moment > LARGE
    finding = rule.at(
        row,
        f"the output of {row.module or row.function} is far too {'large' if large else 'small'}",
        f"second moment {row.forward.second_moment:.3g}",
        f"between {SMALL:g} and {LARGE:g}; about 1 or less",
        cause=_cause(row),
        parameters=tuple(use.name for use in row.parameters if use.argument == "weight"),
    )
    yield finding.with_also(*(each.module or each.function for each in wrong[1:]))


def is_off(second_moment: float) -> bool:
    """Whether outputs of a second moment are far from one."""
    return not SMALL <= second_moment <= LARGE


def outputs(evidence: Evidence) -> tuple[Operation, ...]:
    """Return what losses take as logits, or else what ends the main path, up to a loss."""
    trace = evidence.trace
    logits = [
        trace.origin(row.producers[0])
        for row in trace.operations
        if row.kind == "loss" and row.function in _LOGITS and row.producers
    ]
    logits = [_before_loss(trace, _before_log_softmax(trace, i)) for i in logits if i >= 0]
    if any(index >= 0 for index in logits):
        return tuple(trace.operations[index] for index in dict.fromkeys(logits) if index >= 0)
    if not evidence.path:
        return ()
    last = evidence.path[-1].operation.index
    behind = sorted(evidence.after(last) | {last})
    return tuple(
        trace.operations[i]
        for i in behind
        if trace.operations[i].kind in _ENDS and _is_end(trace, trace.operations[i])
    )


def _is_end(trace: Trace, row: Operation) -> bool:
    """Whether it is the model's, and nothing but a loss takes its output."""
    takers = trace.consumers_past_views(row.index)
    return not row.in_loss and all(each.in_loss or each.kind == "loss" for each in takers)


def _before_loss(trace: Trace, index: int) -> int:
    """Return the model's output that a loss made its logits of."""
    while index >= 0 and trace.operations[index].in_loss:
        producers = trace.operations[index].producers
        index = trace.origin(producers[0]) if producers else -1
    return index


def _before_log_softmax(trace: Trace, index: int) -> int:
    row = trace.operations[index]
    return trace.origin(row.producers[0]) if row.kind == "softmax" and row.producers else index


def _cause(row: Operation) -> str:
    if any(use.argument == "weight" for use in row.parameters):
        return "the head's weights, or the signal that reaches it"
    return "the signal that reaches the output"


RULE = Rule(
    code="OUT002",
    slug="output-scale",
    severity="warning",
    what="Logits or outputs are far from the order of one.",
    why=(
        "Large logits make the softmax choose one class and its gradient vanish for all others; "
        "a tiny head passes next to no gradient to the layers before it."
    ),
    how=(
        "The second moment of what the loss takes as logits, or of the model's outputs. It fires "
        "above 100 (values of 10) and below 10^-8; exact zeros are a deliberate head. What a loss "
        "computes of the outputs is not judged: its value may have any scale."
    ),
    remedy=(
        "Draw the head with std 1 / sqrt(width) or less, down to zero; scale the targets of a "
        "regression to the order of one."
    ),
    reference="Karpathy, 2019, a recipe for training neural networks; Zhang et al., 2019 (Fixup)",
    find=find,
    firing=(
        example("a regression with a head 100 times too large", lambda: scaled_head(100.0)),
        example("a head with std 10^-6", lambda: scaled_head(1e-5)),
        example("a classifier with a head 100 times too large", lambda: classifier(100.0)),
    ),
    quiet=(
        example("He under ReLU, depth 50", lambda: healthy_deep("relu", 50)),
        example("Xavier under ReLU, depth 3", lambda: deep("relu", 3, "glorot_normal")),
        example("a zero head", zero_head),
    ),
    explains=("OUT001",),
)
