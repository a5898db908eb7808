"""PAR006: residual branches as large as their stream, without a normalization in them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from initscope.observe import Operation
from initscope.planning.residuals import Branch
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example
from initscope.rules.examples_of_weights import residual
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule

HURTS = 1e3
"""Growth over all blocks that is a warning: 30 times the values, as for a gain mismatch."""

LOST = 1e8  # of the second moment: four decades of the values themselves
_FEWEST = 4  # blocks


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the whole stream."""
    branches = {branch.add: branch for branch in evidence.graph.residuals.branches}
    stream = [step.operation for step in evidence.path if step.operation.index in branches]
    pairs = [(row, block_growth(row, branches[row.index], evidence)) for row in stream]
    growths = [found for _, found in pairs if found is not None]
    if len(growths) < _FEWEST:
        return
    total = math.exp(sum(math.log(each) for each in growths))
    late = min(late_growth(growths), end_to_end(stream[len(stream) // 2 - 1 :]))
    if late <= math.sqrt(HURTS):
        return
    each = total ** (1 / len(growths))
    yield rule.at(
        stream[0],
        f"the stream's second moment grows by a factor {each:.3g} a block over "
        f"{len(growths)} blocks",
        f"a factor {late:.3g} over the second half of the blocks, {total:.3g} over all",
        "a factor of about 2 over the second half: growth in proportion to depth",
        severity="error" if total > LOST else rule.severity,
        parameters=_ends(evidence, [branches[row.index] for row in stream]),
    )


def late_growth(growths: list[float]) -> float:
    """Return the growth over the second half: 2 for linear growth, r^(n/2) for geometric.

    >>> [round(late_growth([(k + 1) / k for k in range(1, n)]), 2) for n in (8, 80)]
    [2.0, 2.0]
    """
    return math.exp(sum(math.log(each) for each in growths[len(growths) // 2 :]))


def end_to_end(stream: list[Operation]) -> float:
    """Return the growth between two additions, whatever rescales the stream between them."""
    first, last = stream[0].forward, stream[-1].forward
    if first is None or last is None or not first.second_moment:
        return math.inf
    return last.second_moment / first.second_moment


def block_growth(add: Operation, branch: Branch, evidence: Evidence) -> float | None:
    """Return the second moment behind an addition over that of the stream in front of it."""
    skips = [index for index in add.producers if index not in branch.operations]
    source = evidence.trace.origin(skips[0]) if skips else -1
    if source < 0 or add.forward is None:
        return None
    before = evidence.trace.operations[source].forward
    if before is None or not before.second_moment or not add.forward.second_moment:
        return None
    growth = add.forward.second_moment / before.second_moment
    return growth if math.isfinite(growth) else None


def _ends(evidence: Evidence, branches: list[Branch]) -> tuple[str, ...]:
    last = {index for branch in branches for index in branch.last}
    return tuple(slot.name for slot, p in evidence.weights() if last.intersection(p.operations))


RULE = Rule(
    code="PAR006",
    slug="unscaled-residual",
    severity="warning",
    what="Residual branches are as large as their stream, which grows geometrically with depth.",
    why=(
        "A branch that keeps its input's size doubles the second moment at every block: outputs "
        "and gradients grow exponentially with depth."
    ),
    how=(
        "The second moment behind every residual addition over that of the stream in front of it, "
        "multiplied over blocks, and that of the last addition over the one in the middle: the "
        "smaller counts. It fires if the stream grows by more than sqrt(1000) = 32 over the second "
        "half of at least four blocks: by 1000 over all of them (30 times the values), were it "
        "geometric. Under normalization in front of each branch the stream grows in proportion to "
        "depth, by 2 over the second half at any depth. Branches that end in a ReLU "
        "have a mean: scaled by 1 / sqrt(L) they still grow by exp(0.4 sqrt(L)), 8 at L = 30. "
        "Growth by r a block reaches r^(L/2): 32 at r = 2 and L = 10."
    ),
    remedy=(
        "Scale each of L branches: by 1 / sqrt(L) where it ends in its weight, by 1 / L where it "
        "ends in a ReLU, whose means add up; or start its last weight at zero. "
        "initscope.init_(model, 'auto', example) scales by 1 / sqrt(L). Or put a normalization in "
        "front of each branch."
    ),
    reference="Zhang, Dauphin and Ma, 2019; De and Smith, 2020",
    find=find,
    firing=(
        example("He in 20 blocks without normalization", lambda: residual("he_normal", 20)),
        example("He in 60 blocks of leaky ReLU", lambda: residual("he_normal", 60, "leaky_relu")),
    ),
    quiet=(
        example("branches scaled by depth", lambda: residual("auto", 20)),
        example("layer norm in each branch", lambda: residual("he_normal", 60, norm="layer")),
        example("branches that end in zero", lambda: residual("zeros", 20)),
    ),
    explains=("SIG002", "GRD001", "GRD002", "OUT001", "OUT002", "SIG004"),
)
