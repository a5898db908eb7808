"""PAR006: residual branches as large as their stream, without a normalization in them."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from statistics import median

from initscope.observe import Operation
from initscope.planning.residuals import Branch
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example
from initscope.rules.examples_of_weights import residual
from initscope.rules.finding import Finding
from initscope.rules.measures import ODD
from initscope.rules.profile import Step
from initscope.rules.rule import Rule

HURTS = 1e3
"""Growth over all blocks that is a warning: 30 times the values, as for a gain mismatch."""

SECOND_HALF = math.sqrt(HURTS)
"""The same over the second half of the blocks, were it geometric."""

LOST = 1e8  # of the second moment: four decades of the values themselves
_FEWEST = 4  # blocks


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the first stream that grows."""
    branches = {branch.add: branch for branch in evidence.graph.residuals.branches}
    if _are_normalized(evidence, list(branches.values())):
        return
    for stream in connected(evidence.path, branches):
        pairs = [(row, block_growth(row, branches[row.index], evidence)) for row in stream]
        growths = [found for _, found in pairs if found is not None]
        if len(growths) >= _FEWEST and (late := spread_growth(stream, growths)) > SECOND_HALF:
            yield _unscaled(rule, evidence, [branches[row.index] for row in stream], growths, late)
            return


def _are_normalized(evidence: Evidence, branches: list[Branch]) -> bool:
    """Whether most branches are as large as their weights make them, whatever their stream is.

    They add up in proportion to depth. Beside a stream that is smaller than epsilon they grow.
    """
    known = [evidence.graph.residuals.is_normalized(branch) for branch in branches]
    return not evidence.has_unfitted_norms and sum(known) > len(known) / 2


def _unscaled(
    rule: Rule, evidence: Evidence, branches: list[Branch], growths: list[float], late: float
) -> Finding:
    total = math.exp(sum(math.log(each) for each in growths))
    return rule.at(
        evidence.trace.operations[branches[0].add],
        f"the stream's second moment grows by a factor {total ** (1 / len(growths)):.3g} a block "
        f"over {len(growths)} blocks",
        f"a factor {late:.3g} over the second half of the blocks, {total:.3g} over all",
        "a factor of about 2 over the second half: growth in proportion to depth",
        severity="error" if total > LOST else rule.severity,
        parameters=_ends(evidence, branches),
    )


def connected(path: Sequence[Step], adds: Container[int]) -> list[list[Operation]]:
    """Return the runs of additions with no weights between them, the longest first."""
    runs: list[list[Operation]] = [[]]
    for step in path:
        if step.operation.index in adds:
            runs[-1].append(step.operation)
        else:
            runs.append([])
    return sorted(runs, key=len, reverse=True)


def spread_growth(stream: list[Operation], growths: list[float]) -> float:
    """Return the growth over the second half; 1 where a single block accounts for it."""
    late = min(late_growth(growths), end_to_end(stream[len(stream) // 2 - 1 :]))
    usual = late_growth(growths, jumps=False)
    return late if usual > math.sqrt(SECOND_HALF) else 1.0


def late_growth(growths: list[float], *, jumps: bool = True) -> float:
    """Return the growth over the second half: 2 for linear growth, r^(n/2) for geometric.

    Without jumps, what the blocks would grow by were the largest step, and all that leave the
    median by a factor of 100, like the mean of the others.

    >>> [round(late_growth([(k + 1) / k for k in range(1, n)]), 2) for n in (8, 80)]
    [2.0, 2.0]
    >>> [round(late_growth(each, jumps=False)) for each in ([2.0] * 20, [1.1] * 9 + [500.0])]
    [1024, 2]
    """
    logs = sorted(math.log(each) for each in growths[len(growths) // 2 :])
    if jumps or len(logs) < 2:
        return math.exp(sum(logs))
    kept = [each for each in logs[:-1] if each - median(logs) < math.log(ODD)]
    return math.exp(sum(kept) / max(len(kept), 1) * len(logs))


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
    return tuple(slot.name for slot, p in evidence.weights if last.intersection(p.operations))


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
        "geometric; and by more than 5.6 were its largest step like the others, since the jump of "
        "one block is SIG002's. Streams with weights between them are taken apart, and where most "
        "branches are normalized nothing is asked: such a stream grows in proportion to "
        "depth, by 2 over the second half at any depth. Branches that end in a ReLU "
        "have a mean: scaled by 1 / sqrt(L), with He's weights, the stream still grows by 24 "
        "over the second half of 30 blocks. "
        "Growth by r a block reaches r^(L/2): 32 at r = 2 and L = 10."
    ),
    remedy=(
        "Scale each of L branches: by 1 / sqrt(L) where it ends in its weight, by 1 / L where it "
        "ends in a ReLU, whose means add up; or start its last weight at zero. "
        "initscope.init_(model, 'auto', example=batch) scales by 1 / sqrt(L). Or put a "
        "normalization in front of each branch."
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
