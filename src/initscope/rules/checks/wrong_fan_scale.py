"""PAR002: a standard deviation that fits a fan which the layer does not have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from initscope.observe import Parameter
from initscope.planning.places import Place
from initscope.planning.slots import Slot
from initscope.rules.evidence import Evidence
from initscope.rules.examples import example, healthy_deep
from initscope.rules.examples_of_weights import (
    depthwise,
    one_std,
    packed,
    stored_transposed,
    upsampling,
)
from initscope.rules.finding import Finding
from initscope.rules.fixed_scale import is_round, pooled, shared, variance
from initscope.rules.rule import Rule
from initscope.rules.scales import COARSE, compounded, is_centred, matching, tolerance

CONSTANTS = {"He": 2.0, "Glorot or LeCun": 1.0, "PyTorch's default": 1 / 3}
"""Variance times fan, of the schemes in common use."""

LEAST = 1.5
"""Factor in the variance below which a wrong fan is not worth a word."""

HURTS = 10.0
"""Factor, over all layers together, from which it is more than information."""


PRECISE = 0.1
"""Tolerance, over all weights of one wrong fan, below which no other evidence is asked for."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A weight whose scale fits a wrong fan.

    Attributes:
        slot: the weight.
        parameter: its statistics.
        scheme: whose constant it is.
        words: the wrong fan, in words.
        fan: the wrong fan.
        factor: declared over intended variance.
        harmless: whether nothing comes of it: a normalization behind it removes the scale, or it
            makes a residual branch quieter.
    """

    slot: Slot
    parameter: Parameter
    scheme: str
    words: str
    fan: float
    factor: float
    harmless: bool


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first such weight, with the others beside it."""
    found = [
        wrong
        for group in _groups(evidence)
        if follows_fan(group, evidence) and not is_fixed(group, evidence)
        for wrong in group
    ]
    if not found:
        return
    hurting = [wrong for wrong in found if not wrong.harmless]
    total = compounded([wrong.factor for wrong in hurting])
    first = (hurting or found)[0]
    constant = CONSTANTS[first.scheme]
    finding = rule.at(
        first.parameter,
        f"{first.slot.name} is scaled by {first.words} = {first.fan:g}, which is not its fan",
        f"variance {first.parameter.std**2:.3g}, near {constant:.3g} / {first.fan:g} = "
        f"{constant / first.fan:.3g} ({first.scheme})",
        f"{1 / first.factor:.3g} times that: {first.slot.how}",
        severity=rule.severity if total > HURTS else "info",
        parameters=tuple(wrong.slot.name for wrong in found),
    )
    yield finding.with_also(*(wrong.slot.name for wrong in found if wrong is not first))


def _groups(evidence: Evidence) -> Iterable[list[Wrong]]:
    """Return the weights that one scheme with one wrong fan explains, together."""
    groups: dict[tuple[str, str], list[Wrong]] = {}
    for slot, parameter in evidence.weights:
        wrong = wrong_fan(slot, parameter, evidence)
        if wrong is not None:
            groups.setdefault((wrong.scheme, wrong.words), []).append(wrong)
    return groups.values()


def follows_fan(group: list[Wrong], evidence: Evidence) -> bool:
    """Whether the scale of weights comes from their wrong fan, and is near it by no accident.

    It follows the fan from shape to shape, or the same scheme made other weights, by their right
    fans, or so many values agree that chance would not.
    """
    parameters = [wrong.parameter for wrong in group]
    mean = variance(parameters, [wrong.fan for wrong in group]) / CONSTANTS[group[0].scheme]
    if abs(mean - 1) > pooled(parameters):
        return False
    return (
        len({wrong.fan for wrong in group}) > 1
        or pooled(parameters) <= PRECISE
        or _is_used(group[0].scheme, evidence)
    )


def is_fixed(group: list[Wrong], evidence: Evidence) -> bool:
    """Whether the scale is one number, whatever the fan: that of other layers, or a round one."""
    if len({wrong.fan for wrong in group}) > 1:
        return False
    parameters = [wrong.parameter for wrong in group]
    std = math.sqrt(variance(parameters, [1.0] * len(group)))
    others = [p for _slot, p, explained in _right_scales(evidence) if not explained]
    others = [each for each in others if each not in parameters]
    return is_round(std, pooled(parameters) / 2) or shared(group[0].parameter, others)


def _is_used(scheme: str, evidence: Evidence) -> bool:
    """Whether other weights have the scale of a scheme by their right fans."""
    return any(
        explained == scheme and tolerance(parameter) <= PRECISE
        for _slot, parameter, explained in _right_scales(evidence)
    )


def _right_scales(evidence: Evidence) -> Iterator[tuple[Slot, Parameter, str | None]]:
    """Yield every random weight with the scheme that its right fans explain it by, if one does."""
    for slot, parameter in evidence.weights:
        if slot.fans is not None and parameter.operations and is_centred(parameter):
            yield slot, parameter, matching(parameter, _right(slot, parameter, evidence), CONSTANTS)


def wrong_fan(slot: Slot, parameter: Parameter, evidence: Evidence) -> Wrong | None:
    """Return the wrong fan that explains a weight's variance, if no right one does."""
    if slot.fans is None or not parameter.operations or not is_centred(parameter):
        return None
    if tolerance(parameter) > COARSE or slot.module_class == "MultiheadAttention":
        return None
    if matching(parameter, _right(slot, parameter, evidence), CONSTANTS):
        return None
    place = evidence.graph.place(slot.name)
    packed = _is_packed(slot, parameter, evidence)
    for words, fan, right in _candidates(slot, place, packed=packed):
        scheme = matching(parameter, {fan}, _constants(slot))
        factor = right / fan
        if scheme and max(factor, 1 / factor) >= LEAST:
            harmless = place is not None and _is_harmless(place, factor)
            return Wrong(slot, parameter, scheme, words, fan, factor, harmless)
    return None


def _is_harmless(place: Place, factor: float) -> bool:
    return place.feeds == "normalization" or (place.branch is not None and factor < 1)


def _constants(slot: Slot) -> dict[str, float]:
    """PyTorch's own layers divide by the groups, and swap the fans of transposed convolutions."""
    if slot.role == "linear":
        return CONSTANTS
    return {name: each for name, each in CONSTANTS.items() if name != "PyTorch's default"}


def _right(slot: Slot, parameter: Parameter, evidence: Evidence) -> set[float]:
    """Return the fans that a published scheme divides by; ends of residual branches also by depth.

    Of N branches that end in a stream each may have 1 / N of the variance.
    """
    fans = _own_fans(slot, packed=_is_packed(slot, parameter, evidence))
    branch = evidence.graph.residuals.ended_by(slot.name)
    beside = evidence.graph.residuals.beside(branch) if branch else 1
    return fans | {beside * fan for fan in fans}


def _own_fans(slot: Slot, *, packed: bool) -> set[float]:
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
        "default (1/3), within four standard errors sqrt(2 / N) of a variance from N values, of "
        "each weight and of all that have one wrong fan together. It fires if a wrong fan gives "
        "such a constant, no right one does (at the end of a residual branch, also over the "
        "number of branches), and the two differ by 1.5 or more: channels not divided by groups, "
        "fans of (in, out) storage swapped, query, key and value counted as one. One number lies "
        "near some fan by accident. So the scale must follow the wrong fan over two shapes, or "
        "the same scheme must explain other weights by their right fans, or the values together "
        "must be as many as 3200 (a tolerance of 0.1). A std that layers of other fans have too, "
        "or a round one (1, 2 or 5 times a power of ten, within sampling error), is a choice and "
        "no fan. Where a normalization follows, where a residual branch becomes quieter, or where "
        "all such layers together change the second moment by less than 10, it is information. "
        "Weights too few to tell constants apart (a tolerance above one half, below 128 values) "
        "are not judged, nor are PyTorch's own defaults."
    ),
    remedy="Let fans come from the layer: initscope.init_(model, 'auto', example=batch).",
    reference="He et al., 2015, section 2.2; PyTorch documentation, torch.nn.init",
    find=find,
    firing=(
        example("He over all channels of depthwise layers", lambda: depthwise(wrong=True)),
        example("He on weights stored as (in, out)", lambda: stored_transposed(wrong=True)),
        example("He on transposed convolutions, torch's fans", lambda: upsampling(wrong=True)),
    ),
    quiet=(
        example("He for each depthwise channel", lambda: depthwise(wrong=False)),
        example("He on weights stored as (in, out), fans swapped back", stored_transposed),
        example("He on transposed convolutions", lambda: upsampling(wrong=False)),
        example("PyTorch's default on packed projections", lambda: packed("")),
        example("one std for all, near 2 / 1568 in depthwise layers", lambda: one_std(0.036)),
        example("a healthy perceptron", lambda: healthy_deep("relu", 3)),
    ),
    explains=("SIG001", "SIG002", "GRD001", "GRD002"),
)
