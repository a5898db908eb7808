"""SIG002: the signal grows geometrically along depth."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.rules.depth import along_depth, odd
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep, odd_layer, transformer
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the whole explosion, or for single layers that cause it."""
    whole = tuple(along_depth(rule, evidence, "signal", falling=False))
    yield from whole or odd(rule, evidence, falling=False)


RULE = Rule(
    code="SIG002",
    slug="exploding-signal",
    severity="warning",
    what="The second moment of the signal grows geometrically along depth.",
    why=(
        "The last layers work with huge numbers: logits saturate the softmax, half precision "
        "overflows, and one step of the optimizer in an early layer moves the output by far."
    ),
    how=(
        "As for vanishing-signal, upwards: the mean change a layer is positive by Student's t "
        "(10^-5) and the whole path gains a factor of 10^4 (10^8: error), or a layer gains 100 "
        "times more than the median layer and lies six robust standard deviations of the others "
        "apart. A normalized branch that is like the others is no such layer, however small the "
        "stream that it is added to. A stream to which normalized branches are added grows in "
        "proportion to depth, which is not geometric and stays below."
    ),
    remedy=(
        "Initialize with the gain of your activation: "
        "initscope.init_(model, 'auto', example=batch); scale the last layer of residual "
        "branches down with depth."
    ),
    reference="He et al., 2015, section 2.2; Hanin and Rolnick, 2018",
    find=find,
    firing=(
        example("standard normal weights, depth 10", lambda: deep("relu", 10, "normal(std=1.0)")),
        example("one layer of thirty 30 times too large", lambda: odd_layer("relu", 30, 30.0)),
        example("one layer of thirty, under tanh", lambda: odd_layer("tanh", 30, 30.0)),
    ),
    quiet=(
        example("He under ReLU, depth 30", lambda: healthy_deep("relu", 30)),
        example("a decoder of 8 layers at PyTorch's default", lambda: transformer(8)),
    ),
    explains=("GRD002", "SIG005", "GRD004", "SIG003", "SIG004", "OUT001", "OUT002"),
)
