"""GRD002: the gradient grows geometrically towards the input."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.rules.depth import along_depth
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep, normalized
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the whole explosion."""
    yield from along_depth(rule, evidence, "gradient", falling=False)


RULE = Rule(
    code="GRD002",
    slug="exploding-gradient",
    severity="warning",
    what="The second moment of the gradient grows geometrically from the output to the input.",
    why=(
        "One learning rate cannot serve both ends: what moves the last layers throws the first far "
        "off. The output is a chaotic function of the input."
    ),
    how=(
        "As for vanishing-gradient, upwards: positive by Student's t (10^-5), and a factor of "
        "10^4 over the whole path, 10^7 where there are normalizations (10^8: error). Batch "
        "normalization under ReLU gains about pi / (pi - 1) = 1.47 a layer without residual "
        "branches, and fires from about 40 layers; residual networks of 50 layers gain 10^3.8."
    ),
    remedy=(
        "Put residual branches around the normalized layers, or take normalizations out; without "
        "normalization, initialize at the critical point: "
        "initscope.init_(model, 'auto', example=batch)."
    ),
    reference="Yang et al., 2019, a mean field theory of batch normalization; Pascanu et al., 2013",
    find=find,
    firing=(
        example("60 layers of batch normalization", lambda: normalized(60)),
        example("chaotic tanh, depth 30", lambda: deep("tanh", 30, "normal(std=0.375)")),
    ),
    quiet=(
        example("10 layers of batch normalization", lambda: normalized(10)),
        example("20 of them with residual branches", lambda: normalized(20, residual=True)),
        example("critical tanh, depth 50", lambda: healthy_deep("tanh", 50)),
    ),
    explains=("GRD004", "SIG004"),
)
