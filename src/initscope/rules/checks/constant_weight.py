"""PAR001: a weight of one value where that breaks learning."""

from __future__ import annotations

import math
from collections.abc import Iterator

from initscope.observe import Parameter
from initscope.planning.slots import Slot
from initscope.rules.checks.duplicate_units import duplicated_share
from initscope.rules.evidence import Evidence
from initscope.rules.examples import deep, example, healthy_deep, zero_head
from initscope.rules.examples_of_weights import lora, zero_branches, zero_layer
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first such weight, with the others beside it."""
    constant = [(slot, p) for slot, p in evidence.weights if _is_one_value(slot, p)]
    found = [(slot, p) for slot, p in constant if breaks(slot, p, evidence)]
    if not found:
        return
    slot, parameter = found[0]
    zero = parameter.mean == 0
    finding = rule.at(
        parameter,
        f"every value of {slot.name} is {parameter.mean:g}: "
        + ("no gradient passes it" if zero else "all its units are the same"),
        f"{math.prod(slot.shape)} values, standard deviation 0",
        "random values" if not zero else "random values, or a zero that receives a gradient",
        parameters=tuple(each.name for each, _ in constant),
    )
    yield finding.with_also(*(each.name for each, _ in constant if each is not slot))


def breaks(slot: Slot, parameter: Parameter, evidence: Evidence) -> bool:
    """Whether a constant weight keeps itself, or units of its layer, from learning.

    A zero that receives a gradient is left at the first step; so is one that waits only for
    such a zero. What multiplies one number into every unit leaves them one unit.
    """
    if parameter.mean == 0:
        return not (evidence.has_gradient(parameter) or evidence.waits(parameter))
    place = evidence.graph.place(slot.name)
    if place is None or place.is_head:
        return False
    return duplicated_share(parameter) > 0 or not place.ends_branch


def _is_one_value(slot: Slot, parameter: Parameter) -> bool:
    """Whether a trained weight of several inputs and several outputs is constant."""
    if not (parameter.constant and parameter.requires_grad and parameter.operations):
        return False
    return slot.fans is not None and min(slot.fans.fan_in, slot.shape[0]) > 1


RULE = Rule(
    code="PAR001",
    slug="constant-weight",
    severity="error",
    what="A weight matrix of one value, zero or not, where that breaks learning.",
    why=(
        "Units with equal weights compute and learn the same; zeros on the way let neither signal "
        "nor gradient pass, so that nothing in front of them ever moves."
    ),
    how=(
        "A trained weight whose smallest and largest value are equal. A zero is a finding if it "
        "has no gradient, unless a zero behind it has one: ends of residual branches, heads, the "
        "second factor of LoRA and zero convolutions move at the first step, and what waits for "
        "them at the second. Another constant is a finding unless it is the head. There is no "
        "threshold: equality and zero gradients are exact."
    ),
    remedy="Draw the weights at random: initscope.init_(model, 'auto', example).",
    reference="Rumelhart, Hinton and Williams, 1986; Goyal et al., 2017 (zeros that are meant)",
    find=find,
    firing=(
        example("zeros everywhere", lambda: deep("tanh", 3, "zeros")),
        example("every weight 0.1", lambda: deep("tanh", 3, "constant(value=0.1)")),
        example("one layer of zeros under ReLU", lambda: zero_layer("relu")),
    ),
    quiet=(
        example("random weights", lambda: healthy_deep("relu", 3)),
        example("a zero head", zero_head),
        example("residual branches that end in zero", zero_branches),
        example("a low-rank adapter with a zero factor", lora),
    ),
    explains=("UNI002", "UNI003", "GRD001", "GRD003", "SIG001", "SIG005", "OUT001", "OUT002"),
)
