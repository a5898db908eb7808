"""SIG001: the signal falls geometrically along depth."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.rules.depth import along_depth, odd
from initscope.rules.evidence import Evidence
from initscope.rules.examples import below_eps, deep, example, healthy_deep, odd_layer
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the whole collapse, or for single layers that cause it."""
    whole = tuple(along_depth(rule, evidence, "signal", falling=True))
    yield from whole or odd(rule, evidence, falling=True)


RULE = Rule(
    code="SIG001",
    slug="vanishing-signal",
    severity="warning",
    what="The second moment of the signal falls geometrically along depth.",
    why=(
        "What reaches the last layers no longer depends measurably on the input: outputs are the "
        "biases, and gradients of early layers are products of the same small factors."
    ),
    how=(
        "The logarithm of the second moment at every stop of the main path (the residual stream "
        "with the weights that stand in it, or the longest chain of weights), between "
        "normalizations. One whose operand has a second moment below its eps counts as none: it "
        "multiplies by 1 / sqrt(eps), whatever comes, and a small signal stays small. It fires if "
        "the mean change a layer is negative by Student's t (10^-5) and the whole path, with or "
        "without the head, whose bias may hide the end, loses a factor of 10^4 (10^8: error, and "
        "the limit under five layers), or if a layer loses 100 times more than the median layer "
        "and lies six robust standard deviations of the others apart. Healthy networks stay "
        "below: docs/evidence/calibration.json."
    ),
    remedy=(
        "Initialize with the gain of your activation: "
        "initscope.init_(model, 'auto', example=batch), or put a normalization into every block."
    ),
    reference="Glorot and Bengio, 2010; He et al., 2015, section 2.2",
    find=find,
    firing=(
        example("Xavier under ReLU, depth 30", lambda: deep("relu", 30, "glorot_normal")),
        example("std 0.01 under tanh, depth 10", lambda: deep("tanh", 10, "normal(std=0.01)")),
        example("one layer of thirty 30 times too small", lambda: odd_layer("relu", 30, 1 / 30)),
        example("std 10^-5 in front of batch normalizations", lambda: below_eps(10, 1e-5)),
    ),
    quiet=(
        example("He under ReLU, depth 30", lambda: healthy_deep("relu", 30)),
        example("Xavier under ReLU, depth 3", lambda: deep("relu", 3, "glorot_normal")),
        example("std 0.01 in front of batch normalizations", lambda: below_eps(10, 1e-2)),
    ),
    explains=("GRD001", "GRD003", "SIG004", "SIG005", "OUT002"),
)
