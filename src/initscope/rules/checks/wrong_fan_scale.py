"""PAR002: a standard deviation that fits a fan which the layer does not have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
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
from initscope.rules.fixed_scale import is_round, mean_ratio, pooled, shared
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

    @property
    def declared(self) -> float:
        """The variance that the scheme gives with the wrong fan."""
        return CONSTANTS[self.scheme] / self.fan


def find(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    """Yield one finding, at the first such weight, with the others beside it."""
    suspected = [
        wrong
        for slot, parameter in evidence.weights
        if (wrong := wrong_fan(slot, parameter, evidence)) is not None
    ]
    right = list(_right_scales(evidence, suspected)) if suspected else []
    groups = _groups(suspected)
    found = [wrong for group in groups if is_made_by_fan(group, right) for wrong in group]
    if not found:
        return
    hurting = [wrong for wrong in found if not wrong.harmless]
    total = compounded([wrong.factor for wrong in hurting])
    first = (hurting or found)[0]
    finding = rule.at(
        first.parameter,
        f"{first.slot.name} is scaled by {first.words} = {first.fan:g}, which is not its fan",
        f"variance {first.parameter.std**2:.3g}, near {CONSTANTS[first.scheme]:.3g} / "
        f"{first.fan:g} = {first.declared:.3g} ({first.scheme})",
        f"{1 / first.factor:.3g} times that: {first.slot.how}",
        severity=rule.severity if total > HURTS else "info",
        parameters=tuple(wrong.slot.name for wrong in found),
    )
    yield finding.with_also(*(wrong.slot.name for wrong in found if wrong is not first))


def _groups(suspected: list[Wrong]) -> Iterable[list[Wrong]]:
    """Return the weights that one scheme with one kind of wrong fan explains, together."""
    groups: dict[tuple[str, str], list[Wrong]] = {}
    for wrong in suspected:
        groups.setdefault((wrong.scheme, wrong.words), []).append(wrong)
    return groups.values()


def is_made_by_fan(group: list[Wrong], right: Sequence[tuple[Parameter, str | None]]) -> bool:
    """Whether the scale of weights comes from their wrong fan, and is near it by no accident.

    It follows the fan from shape to shape; or it is no number that was chosen, and the same scheme
    made other weights by their right fans, or so many values agree that chance would not.

    Args:
        group: weights of one scheme and one kind of wrong fan.
        right: the other weights, each with the scheme that its right fans explain it by.
    """
    parameters = [wrong.parameter for wrong in group]
    allowed = pooled(parameters)
    if abs(mean_ratio(parameters, [wrong.declared for wrong in group]) - 1) > allowed:
        return False
    variance = mean_ratio(parameters, [1.0] * len(group))
    if any(abs(variance / w.declared - 1) > tolerance(w.parameter) for w in group):
        return True  # one number would not fit them all
    others = [parameter for parameter, scheme in right if scheme is None]
    if is_round(math.sqrt(variance), allowed / 2) or shared(group[0].parameter, others):
        return False
    return allowed <= PRECISE or any(
        scheme == group[0].scheme and tolerance(parameter) <= PRECISE for parameter, scheme in right
    )


def _right_scales(
    evidence: Evidence, suspected: list[Wrong]
) -> Iterator[tuple[Parameter, str | None]]:
    """Yield the other random weights with the scheme that their right fans explain them by."""
    names = {wrong.slot.name for wrong in suspected}
    for slot, parameter in evidence.weights:
        used = slot.name not in names and parameter.operations and is_centred(parameter)
        if used and slot.fans is not None:
            yield parameter, matching(parameter, _right(slot, parameter, evidence), CONSTANTS)


def wrong_fan(slot: Slot, parameter: Parameter, evidence: Evidence) -> Wrong | None:
    """Return the wrong fan that explains a weight's variance, if no right one does."""
    if slot.fans is None or not parameter.operations or not is_centred(parameter):
        return None
    if tolerance(parameter) > COARSE or slot.module_class == "MultiheadAttention":
        return None
    right_fans = _right(slot, parameter, evidence)
    if matching(parameter, right_fans, CONSTANTS):
        return None
    place = evidence.graph.place(slot.name)
    packed = _is_packed(slot, parameter, evidence)
    for words, fan, right in _candidates(slot, place, packed=packed):
        scheme = matching(parameter, {fan}, _constants(slot))
        factor = right / fan
        if scheme and max(factor, 1 / factor) >= LEAST:
            if matching(parameter, _by_depth(slot, right_fans, evidence), CONSTANTS):
                return None
            harmless = place is not None and _is_harmless(place, factor)
            return Wrong(slot, parameter, scheme, words, fan, factor, harmless)
    return None


def _is_harmless(place: Place, factor: float) -> bool:
    return place.feeds == "normalization" or (place.branch is not None and factor < 1)


def _by_depth(slot: Slot, fans: set[float], evidence: Evidence) -> set[float]:
    """Return the fans of a weight that ends one of N residual branches, with 1 / N the variance."""
    branch = evidence.graph.residuals.ended_by(slot.name)
    return {evidence.graph.residuals.beside(branch) * fan for fan in fans} if branch else set()


def _constants(slot: Slot) -> dict[str, float]:
    """PyTorch's own layers divide by the groups, and swap the fans of transposed convolutions."""
    if slot.role == "linear":
        return CONSTANTS
    return {name: each for name, each in CONSTANTS.items() if name != "PyTorch's default"}


def _right(slot: Slot, parameter: Parameter, evidence: Evidence) -> set[float]:
    """Return the fans that a published scheme divides by."""
    assert slot.fans is not None  # noqa: S101 - asked for before
    fan_in, fan_out = slot.fans.fan_in, slot.fans.fan_out
    average = (fan_in + fan_out) / 2
    if slot.role == "transposed_convolution":  # the kernel counted with or without its stride
        whole = slot.shape[0] // len(slot.layout.parts) * math.prod(slot.shape[2:])
        return {fan_in, average, whole, (whole + fan_out) / 2}
    if slot.role == "linear" and slot.layout.transposed:
        return {fan_in, average}
    if _is_packed(slot, parameter, evidence):
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
