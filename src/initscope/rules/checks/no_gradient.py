"""GRD003: a parameter that can never learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from initscope.observe import Operation, Parameter
from initscope.rules.evidence import Evidence
from initscope.rules.examples import (
    adapter,
    dead,
    detached,
    example,
    healthy_deep,
    rezero,
    unused,
    zero_head,
)
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

MAJORITY = 0.5
"""Share of the trained parameters, not used, from which it is more than a remark."""


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for what is cut off, one for what is zero, one for what is not used."""
    if evidence.trace.objective == "none":
        return
    without = [each for each in evidence.trace.parameters if _is_stuck(evidence, each)]
    cut = [each for each in without if is_cut(evidence, each)]
    dead = [each for each in without if each not in cut and _reached(evidence, each)]
    idle = [each for each in without if each not in cut and each not in dead]
    if cut:
        yield _cut(rule, evidence, cut)
    if dead:
        yield _dead(rule, evidence, dead)
    if idle:
        yield _idle(rule, evidence, idle)


def _is_stuck(evidence: Evidence, parameter: Parameter) -> bool:
    """Whether a trained parameter has no gradient, and nothing explains that it only waits."""
    return (
        parameter.requires_grad
        and not evidence.has_gradient(parameter)
        and not (parameter.gradient is not None and parameter.gradient.nonfinite)
        and not evidence.waits(parameter)
        and not _beside_a_weight(evidence, parameter)
    )


def _beside_a_weight(evidence: Evidence, parameter: Parameter) -> bool:
    """Whether it is a bias of a layer that learns, or recurs in one that was run for one step.

    A normalization behind may cancel the bias; the first hidden state is zero.
    """
    rows = [evidence.trace.operations[index] for index in parameter.operations]
    own = {u.argument for row in rows for u in row.parameters if u.name == parameter.name}
    spared = any("bias" in each for each in own) or any(row.kind == "recurrent" for row in rows)
    return spared and any(
        evidence.has_gradient(evidence.trace.parameter(use.name))
        for row in rows
        for use in row.parameters
    )


def is_cut(evidence: Evidence, parameter: Parameter) -> bool:
    """Whether no gradient reaches what uses it, though what follows has one."""
    return not _reached(evidence, parameter) and any(
        evidence.trace.operations[after].backward is not None
        for index in parameter.operations
        for after in evidence.after(index)
    )


def _reached(evidence: Evidence, parameter: Parameter) -> bool:
    rows = (evidence.trace.operations[index] for index in parameter.operations)
    return parameter.gradient is not None or any(row.backward is not None for row in rows)


def _cut(rule: Rule, evidence: Evidence, found: Sequence[Parameter]) -> Finding:
    where = _scissors(evidence, found[-1])
    finding = rule.at(
        where,
        f"{len(found)} parameters are cut off from the loss at {where.function}",
        f"no gradient at {found[0].name}, though operations behind it have one",
        "a gradient for every trained parameter",
        severity="error",
        cause="the operation passes no gradient on: it detaches, rounds to integers, or runs "
        "without gradients",
    )
    return finding.with_also(*(each.name for each in found[:_NAMED]))


_NAMED = 5  # parameters named beside the place


def _scissors(evidence: Evidence, parameter: Parameter) -> Operation:
    """Return the first operation behind a parameter through which no gradient could flow."""
    rows = evidence.trace.operations
    first = rows[parameter.operations[0]]
    behind = (rows[index] for index in sorted(evidence.after(first.index)))
    return next((row for row in behind if not row.requires_grad), first)


def _dead(rule: Rule, evidence: Evidence, found: Sequence[Parameter]) -> Finding:
    where = _blocks(evidence, found[-1])
    finding = rule.at(
        where if where is not None else found[-1],
        f"{len(found)} parameters have a gradient of exactly zero",
        f"the gradient of {found[-1].name} is zero",
        "a gradient for every trained parameter",
        cause="units are off for every input, or what is multiplied is zero for ever",
    )
    return finding.with_also(*(each.name for each in found[:_NAMED]))


def _blocks(evidence: Evidence, parameter: Parameter) -> Operation | None:
    """Return the first operation behind a parameter that gets a gradient and passes none on."""
    rows = evidence.trace.operations
    behind = (rows[i] for index in parameter.operations for i in sorted(evidence.after(index)))
    return next((row for row in behind if row.backward and row.backward.maximum > 0), None)


def _idle(rule: Rule, evidence: Evidence, found: Sequence[Parameter]) -> Finding:
    trained = sum(each.requires_grad for each in evidence.trace.parameters)
    unused = all(not each.operations for each in found)
    finding = rule.at(
        found[0],
        f"{len(found)} parameters do not take part in the "
        f"{'forward pass' if unused else 'objective'}",
        f"{len(found)} of {trained} trained parameters, the first {found[0].name}",
        "a gradient for every trained parameter",
        severity="warning" if len(found) > MAJORITY * trained else "info",
        cause="no operation that leads to the loss uses them",
        remedy="Freeze or remove them, or add their output to the loss.",
    )
    return finding.with_also(*(each.name for each in found[1:_NAMED]))


RULE = Rule(
    code="GRD003",
    slug="no-gradient",
    severity="warning",
    what="A trained parameter gets no gradient, or one of exactly zero.",
    why="It never learns: no later step changes that.",
    how=(
        "The gradient of every trained parameter, and of every operation behind it. It is an "
        "error where an operation cuts the parameter off from a loss that the following operations "
        "reach, a warning where the gradient arrives as exact zero, a remark where nothing that "
        "leads to the loss uses the parameter; a warning where that is so of more than half of the "
        "trained parameters, each tensor counted once: what runs then is not the model that was "
        "built, but a small part of it. It is silent for what waits one step beside a "
        "deliberate zero that moves itself (zero heads, ReZero, LoRA), and for biases of layers "
        "that learn. Zero gradients are exact: that half is the only threshold."
    ),
    remedy=(
        "Take away detach(), argmax() or rounding on the way to the loss; draw weights and biases "
        "such that units are on for some inputs."
    ),
    reference="Lu et al., 2020, dying ReLU and initialization; Zhang et al., 2019 (Fixup)",
    find=find,
    firing=(
        example("a detached hidden layer", detached),
        example("a layer of dead units", dead),
        example("a layer that is not used", unused),
    ),
    quiet=(
        example("a zero head", zero_head),
        example("ReZero", rezero),
        example("a low-rank adapter", adapter),
        example("He under ReLU, depth 30", lambda: healthy_deep("relu", 30)),
    ),
    explains=("SIG005",),
)
