"""SIG003: infinities or NaN appear in the forward pass."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.observe import Operation, Trace
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep, masked_attention, rooted
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

_DECIDES = frozenset({"linear", "convolution", "attention", "normalization", "softmax", "loss"})
"""Kinds that pass infinities on as NaN; what comes through them finite was meant."""


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding at the first operation that makes what does harm."""
    for row in evidence.trace.operations:
        if is_origin(evidence, row) and _harms(evidence, row):
            yield _finding(rule, evidence.trace, row)
            return


def is_origin(evidence: Evidence, row: Operation) -> bool:
    """Whether an operation makes what is not finite from operands that are, or from a mask."""
    trace = evidence.trace
    if not _is_broken(row) or evidence.is_mask(row):
        return False
    operands = (trace.origin(index) for index in row.producers)
    broken = [trace.operations[i] for i in operands if i >= 0 and _is_broken(trace.operations[i])]
    return all(evidence.is_mask(each) for each in broken)


def _is_broken(row: Operation) -> bool:
    return row.forward is not None and row.forward.nonfinite > 0


def _harms(evidence: Evidence, row: Operation) -> bool:
    """Whether it reaches an end of the model, or an operation that spreads it."""
    trace = evidence.trace
    after = (trace.operations[index] for index in evidence.after(row.index))
    return any(
        each.kind in _DECIDES or not trace.consumers_past_views(each.index)
        for each in (row, *(each for each in after if _is_broken(each)))
    )


def _finding(rule: Rule, trace: Trace, row: Operation) -> Finding:
    assert row.forward is not None  # noqa: S101 - what is not finite was measured
    sizes = [
        max(abs(signal.minimum), abs(signal.maximum))
        for index in map(trace.origin, row.producers)
        if index >= 0 and (signal := trace.operations[index].forward) is not None
    ]
    largest = f"largest operand {max(sizes):.3g}" if sizes else "operands are the model's inputs"
    return rule.at(
        row,
        f"{row.function} is the first operation whose output is not finite",
        f"{row.forward.nonfinite:.1%} infinite or NaN, in {row.dtype}; {largest}",
        "finite numbers",
        cause=_cause(row, sizes),
        parameters=tuple(use.name for use in row.parameters),
    )


def _cause(row: Operation, sizes: list[float]) -> str:
    if not sizes:
        return "the model's inputs or the parameters of this operation are not finite"
    if max(sizes) > _NEAR[row.dtype] if row.dtype in _NEAR else False:
        return f"numbers outgrow {row.dtype}"
    return "the operation has no finite value at these operands"


_NEAR = {"float16": 1e2, "bfloat16": 1e18, "float32": 1e18, "float64": 1e150}
"""Operands whose squares overflow, roughly."""

RULE = Rule(
    code="SIG003",
    slug="non-finite-signal",
    severity="error",
    what="Infinities or NaN appear in the forward pass.",
    why="One NaN makes the loss NaN, and after one step every parameter.",
    how=(
        "The share of elements that are not finite, of every operation's output. It fires at the "
        "first operation that makes some from finite operands, if they reach an output, a loss, a "
        "weight, a normalization, or come out of a softmax. Minus infinity in front of a softmax "
        "is a mask and is silent. There is no threshold, and so no false alarm by chance."
    ),
    remedy=(
        "Look at the operation named: keep its operands away from zero or from overflow with an "
        "epsilon or a clamp, give rows that are wholly masked one open place, or mend the scale."
    ),
    reference="IEEE 754-2019, section 6",
    find=find,
    firing=(
        example("overflow of float32", lambda: deep("relu", 12, "normal(std=1e4)")),
        example("the logarithm of a negative number", lambda: rooted("log")),
    ),
    quiet=(
        example("minus infinity in a mask", masked_attention),
        example("He under ReLU, depth 30", lambda: healthy_deep("relu", 30)),
    ),
    explains=("GRD003", "GRD004", "SIG004", "OUT001", "OUT002"),
)
