"""SIG005: different inputs become the same representation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from initscope.rules.depth import capped
from initscope.rules.evidence import Evidence
from initscope.rules.examples import (
    alike,
    deep,
    default,
    example,
    healthy_deep,
    recipe,
)
from initscope.rules.finding import Finding
from initscope.rules.measures import FEWEST, ODD
from initscope.rules.profile import Step
from initscope.rules.rule import Rule

ALIKE = 1e-4
"""Distance 1 - cosine at which inputs are one: they differ by 1.4% of their length. Critical ReLU
networks come near as 44 / depth^2: 0.018 at depth 50, and this at depth 660."""

CLOSER = 1e-2
"""Share of the distance at the first stop that must be lost: inputs may be alike from the start."""

_LEAST = 1e-5
"""Distance at the first stop below which float32 does not tell what is lost later."""


_FLOOR = 1e-12  # distance that float32 may show for inputs that are one


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the first path along which inputs collapse."""
    for path in evidence.paths:
        found = distances(path[:-1])  # a head behind a mean over positions sees averages
        if len(found) < 2 or not collapses(found):
            continue
        last = next(i for i, each in found if each < ALIKE)
        yield rule.at(
            path[last].operation,
            f"different inputs are one from layer {last + 1} of {len(path)} on: the distance of "
            f"their representations falls from {found[0][1]:.2g} to {found[-1][1]:.2g}",
            f"mean cosine {1 - found[-1][1]:.6f} at the end, {1 - found[0][1]:.3f} at the start",
            f"1 - cosine above {ALIKE:g}",
            severity=capped(evidence, "error" if found[-1][1] < _MERGED else rule.severity),
            cause="the layers contract: chi_1 is below one, or a mean that they all share outgrows "
            "what differs",
            parameters=evidence.weights_of(merging(path, found) or path),
        )
        return


_MERGED = 1e-5  # below it: inputs differ by half a percent of their length


def distances(path: Sequence[Step]) -> list[tuple[int, float]]:
    """Return 1 - cosine between members of the batch at every stop where it was measured."""
    return [
        (index, max(1 - signal.cosine, 0.0))
        for index, step in enumerate(path)
        if (signal := step.operation.forward) is not None
        and signal.cosine is not None
        and math.isfinite(signal.cosine)
    ]


def merging(path: Sequence[Step], found: Sequence[tuple[int, float]]) -> list[Step]:
    """Return the stops at which most of the distance is lost at once; none where all share it."""
    known = [(index, math.log(max(each, _FLOOR))) for index, each in found]
    falls = [(index, before - now) for (_, before), (index, now) in itertools.pairwise(known)]
    jumps = [(index, fall) for index, fall in falls if fall > math.log(ODD)]
    enough = sum(fall for _, fall in jumps) > (known[0][1] - known[-1][1]) / 2
    return [path[index] for index, _ in jumps] if enough else []


def collapses(found: Sequence[tuple[int, float]]) -> bool:
    """Whether inputs that differed at the first stop do not at the last."""
    first, last = found[0][1], found[-1][1]
    limit = ALIKE if len(found) > FEWEST else _MERGED
    return first > _LEAST and last < min(limit, CLOSER * first)


RULE = Rule(
    code="SIG005",
    slug="collapsed-correlation",
    severity="warning",
    what="Different inputs become the same representation.",
    why=(
        "Late layers cannot tell inputs apart: the output is one constant, and training first has "
        "to undo that. In mean-field theory it is the ordered phase; gradients vanish with it."
    ),
    how=(
        "The mean cosine between members of the batch at every stop of the main path. It fires "
        "if 1 - cosine ends below 10^-4 and below a hundredth of that at the first stop. Critical "
        "ReLU networks approach one only as 44 / depth^2 and stay above up to depth 600; "
        "contracting networks approach it exponentially. Below 10^-5 it is an error; under five "
        "layers that is the limit."
    ),
    remedy=(
        "Initialize at the critical point of your activation: initscope.init_(model, 'auto', "
        "example=batch); use activations with mean zero, residual branches or a normalization."
    ),
    reference="Poole et al., 2016; Schoenholz et al., 2017, section 3; Hayou et al., 2019",
    find=find,
    firing=(
        example("PyTorch's default under ReLU, depth 30", lambda: default("relu", 30)),
        example("ordered tanh with biases", lambda: recipe("tanh", 20, 0.5, 0.5)),
        example("sigmoid at Xavier, depth 10", lambda: deep("sigmoid", 10, "glorot_normal")),
    ),
    quiet=(
        example("He under ReLU, depth 50", lambda: healthy_deep("relu", 50)),
        example("critical tanh, depth 50", lambda: healthy_deep("tanh", 50)),
        example("inputs that are alike", alike),
    ),
)
