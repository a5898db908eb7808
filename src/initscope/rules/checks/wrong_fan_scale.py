"""PAR002: a standard deviation that fits a fan which the layer does not have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from initscope.observe import Parameter
from initscope.planning.places import Place
from initscope.planning.slots import Slot
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example, healthy_deep
from initscope.rules.examples_of_weights import depthwise, packed, stored_transposed
from initscope.rules.finding import Finding
from initscope.rules.rule import Rule
from initscope.rules.scales import COARSE, compounded, is_centred, matching, tolerance

CONSTANTS = {"He": 2.0, "Glorot or LeCun": 1.0, "PyTorch's default": 1 / 3}
"""Variance times fan, of the schemes in common use."""

LEAST = 1.5
"""Factor in the variance below which a wrong fan is not worth a word."""

HURTS = 10.0
"""Factor, over all layers together, from which it is more than information."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A weight whose scale fits a wrong fan.

    Attributes:
        slot: the weight.
        scheme: whose constant it is.
        fan: the wrong fan, in words and as a number.
        factor: declared over intended variance.
        normalized: whether a normalization behind it removes the scale.
    """

    slot: Slot
    scheme: str
    fan: tuple[str, float]
    factor: float
    normalized: bool


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first such weight, with the others beside it."""
    found = [
        wrong
        for slot, parameter in evidence.weights
        if (wrong := wrong_fan(slot, parameter, evidence)) is not None
    ]
    if not found:
        return
    hurting = [wrong for wrong in found if not wrong.normalized]
    total = compounded([wrong.factor for wrong in hurting])
    first = (hurting or found)[0]
    words, fan = first.fan
    finding = rule.at(
        evidence.trace.parameter(first.slot.name),
        f"{first.slot.name} is scaled by {words} = {fan:g}, which is not its fan",
        f"variance {CONSTANTS[first.scheme] / fan:.3g} = {CONSTANTS[first.scheme]:.3g} / {fan:g} "
        f"({first.scheme})",
        f"{1 / first.factor:.3g} times that: {first.slot.how}",
        severity=rule.severity if total > HURTS else "info",
        parameters=tuple(wrong.slot.name for wrong in found),
    )
    yield finding.with_also(*(wrong.slot.name for wrong in found if wrong is not first))


def wrong_fan(slot: Slot, parameter: Parameter, evidence: Evidence) -> Wrong | None:
    """Return the wrong fan that explains a weight's variance, if no right one does."""
    if slot.fans is None or not parameter.operations or not is_centred(parameter):
        return None
    if tolerance(parameter) > COARSE or slot.module_class == "MultiheadAttention":
        return None
    packed = _is_packed(slot, parameter, evidence)
    if matching(parameter, _right(slot, packed=packed), CONSTANTS):
        return None
    place = evidence.graph.place(slot.name)
    for words, fan, right in _candidates(slot, place, packed=packed):
        scheme = matching(parameter, {fan}, _constants(slot))
        factor = right / fan
        if scheme and max(factor, 1 / factor) >= LEAST:
            normalized = place is not None and place.feeds == "normalization"
            return Wrong(slot, scheme, (words, fan), factor, normalized)
    return None


def _constants(slot: Slot) -> dict[str, float]:
    """PyTorch's own layers divide by the groups, and swap the fans of transposed convolutions."""
    if slot.role == "linear":
        return CONSTANTS
    return {name: each for name, each in CONSTANTS.items() if name != "PyTorch's default"}


def _right(slot: Slot, *, packed: bool) -> set[float]:
    """Return the fans that a published scheme divides by."""
    assert slot.fans is not None  # noqa: S101 - asked for before
    fan_in, fan_out = slot.fans.fan_in, slot.fans.fan_out
    average = (fan_in + fan_out) / 2
    if slot.role == "transposed_convolution":  # the kernel counted with or without its stride
        whole = slot.shape[0] // len(slot.layout.parts) * math.prod(slot.shape[2:])
        return {fan_in, average, whole, (whole + fan_out) / 2}
    if slot.role == "linear" and slot.layout.transposed:
        return {fan_in, average}
    if packed:
        return {fan_in, (fan_in + slot.shape[0] / 3) / 2}
    return {fan_in, fan_out, average}


def _candidates(
    slot: Slot, place: Place | None, *, packed: bool
) -> Iterator[tuple[str, float, float]]:
    """Yield wrong fans: in words, as a number, and the right one in its place."""
    assert slot.fans is not None  # noqa: S101 - asked for before
    fan_in, fan_out = float(slot.fans.fan_in), float(slot.fans.fan_out)
    groups = len(slot.layout.parts)
    if slot.role == "convolution" and groups > 1:
        yield "in * kernel, not divided by the groups", fan_in * groups, fan_in
        yield "out * kernel, not divided by the groups", fan_out * groups, fan_in
        mean = (fan_in + fan_out * groups) / 2
        yield "the mean of fan_in and out * kernel, not divided by the groups", mean, fan_in
    elif slot.role == "transposed_convolution":
        yield "out * kernel: the fans of (in, out) swapped", fan_out, fan_in
    elif slot.role == "linear" and slot.layout.transposed and fan_in != fan_out:
        yield "out: the fans of a weight stored as (in, out) swapped", fan_out, fan_in
    elif packed and place is not None and place.feeds == "attention":
        rows = float(slot.shape[0])
        mean, right = (fan_in + rows) / 2, (fan_in + rows / 3) / 2
        yield "the mean of in and 3 * out: query, key and value as one", mean, right
        yield "3 * out: query, key and value as one", rows, rows / 3


def _is_packed(slot: Slot, parameter: Parameter, evidence: Evidence) -> bool:
    """Whether one weight makes query, key and value: by its shape, or by what attention takes."""
    if slot.role != "linear" or slot.shape[0] % 3:
        return False
    return slot.shape[0] == 3 * slot.shape[1] or any(
        row.kind == "attention"
        and [evidence.trace.origin(each) for each in row.producers[:3]] == [index] * 3
        for index in parameter.operations
        for row in evidence.trace.consumers_past_views(index)
    )


RULE = Rule(
    code="PAR002",
    slug="wrong-fan-scale",
    severity="warning",
    what="The standard deviation of a weight fits a fan that the layer does not have.",
    why=(
        "torch.nn.init reads fans from the shape alone: it does not know groups, transposed "
        "storage or packed projections, and the signal changes by the ratio of the fans."
    ),
    how=(
        "Variance times fan against the constants of He (2), Glorot and LeCun (1) and PyTorch's "
        "default (1/3), within four standard errors sqrt(2 / N) of a variance from N values. It "
        "fires if a wrong fan gives such a constant, no right one does, and the two differ by 1.5 "
        "or more: channels not divided by groups, fans of (in, out) storage swapped, query, key "
        "and value counted as one. Where a normalization follows, or all such layers together "
        "change the second moment by less than 10, it is information. Weights too few to tell "
        "constants apart (a tolerance above one half, below 128 values) are not judged, nor are "
        "PyTorch's own defaults."
    ),
    remedy="Let fans come from the layer: initscope.init_(model, 'auto', example).",
    reference="He et al., 2015, section 2.2; PyTorch documentation, torch.nn.init",
    find=find,
    firing=(
        example("He over all channels of depthwise layers", lambda: depthwise(wrong=True)),
        example("He on weights stored as (in, out)", lambda: stored_transposed(wrong=True)),
        example("Xavier on packed projections", lambda: packed("glorot_uniform")),
    ),
    quiet=(
        example("He for each depthwise channel", lambda: depthwise(wrong=False)),
        example("He on weights stored as (in, out), fans swapped back", stored_transposed),
        example("PyTorch's default on packed projections", lambda: packed("")),
        example("a healthy perceptron", lambda: healthy_deep("relu", 3)),
    ),
    explains=("SIG001", "SIG002", "GRD001", "GRD002"),
)
