"""GRD001: the gradient falls geometrically towards the input."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.rules.depth import along_depth
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, default, example, healthy_deep
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the whole collapse."""
    yield from along_depth(rule, evidence, "gradient", falling=True)


RULE = Rule(
    code="GRD001",
    slug="vanishing-gradient",
    severity="warning",
    what="The second moment of the gradient falls geometrically from the output to the input.",
    why=(
        "Early layers stand still while late ones learn; with Adam they move, but on rounding and "
        "noise. Where gradients vanish, inputs also become alike: both follow one factor, chi_1."
    ),
    how=(
        "The logarithm of E[g^2] times the number of elements of one input, at every stop of the "
        "main path: what layers scaled by their fan-in keep, whatever their widths; a head behind "
        "a mean over positions, which share its gradient, is left out. Where there "
        "are normalizations, it is multiplied with the signal's second moment, which they cannot "
        "change; one whose eps dominates is none. It fires if the mean change a layer is negative "
        "by Student's t (10^-5) and the whole path, with or without the head, loses 10^4, "
        "or 10^7 with normalizations (10^8: error)."
    ),
    remedy=(
        "Initialize at the critical point of your activation: initscope.init_(model, 'auto', "
        "example=batch); PyTorch's default loses a factor of 6 a layer under ReLU."
    ),
    reference="Glorot and Bengio, 2010; Schoenholz et al., 2017, section 4",
    find=find,
    firing=(
        example("PyTorch's default under ReLU, depth 30", lambda: default("relu", 30)),
        example("std 0.5 / sqrt(n) under tanh", lambda: deep("tanh", 20, "normal(std=0.0625)")),
    ),
    quiet=(
        example("critical tanh, depth 50", lambda: healthy_deep("tanh", 50)),
        example("PyTorch's default under ReLU, depth 4", lambda: default("relu", 4)),
    ),
    explains=("SIG004", "SIG005", "GRD003"),
)
