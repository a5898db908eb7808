"""SIG001: the signal falls geometrically along depth."""

from __future__ import annotations

from collections.abc import Iterator

from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep
from initscope.rules.finding import Finding
from initscope.rules.measures import changes_with_depth, collapses_at
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding for the whole collapse, and one for a single layer that causes it."""
    growth, path = evidence.signal_growth, evidence.path
    if growth is None:
        return
    if changes_with_depth(growth, falling=True):
        yield rule.at(
            path[0].operation,
            f"the signal's second moment falls by a factor {1 / growth.factor:.3g} a layer over "
            f"{growth.layers} layers",
            f"{path[-1].signal:.3g} at the end, {path[0].signal:.3g} at the start",
            "the same order of magnitude at every depth",
            severity="error" if growth.total < _LOST else rule.severity,
            parameters=evidence.weights_of(path),
        )
    elif collapses_at(growth, falling=True):
        at = path[growth.worst].operation
        yield rule.at(
            at,
            f"the signal's second moment falls by a factor {1 / growth.jump:.3g} in this layer",
            f"{path[growth.worst].signal:.3g} behind it",
            "the same order of magnitude as in the layers before",
            parameters=evidence.weights_of((path[growth.worst],)),
        )


_LOST = 1e-8  # of the second moment: four decades of the values themselves

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
        "The logarithm of the second moment at every stop of the main path (the residual stream, "
        "or the longest chain of weights). It fires if the mean change a layer is four standard "
        "errors below zero and the whole path loses a factor of 10^4, or if one layer alone does."
    ),
    remedy=(
        "Initialize with the gain of your activation: initscope.plan(model, 'auto', example), or "
        "put a normalization into every block."
    ),
    reference="Glorot and Bengio, 2010; He et al., 2015, section 2.2",
    find=find,
    firing=(
        example("Xavier under ReLU, depth 30", lambda: deep("relu", 30, "glorot_normal")),
        example("std 0.01 under tanh, depth 10", lambda: deep("tanh", 10, "normal(std=0.01)")),
    ),
    quiet=(
        example("He under ReLU, depth 30", lambda: healthy_deep("relu", 30)),
        example("Xavier under ReLU, depth 3", lambda: deep("relu", 3, "glorot_normal")),
    ),
    explains=("GRD001", "OUT002"),
)
