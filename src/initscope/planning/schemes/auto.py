"""The scheme that chooses for each parameter, so that signals and gradients survive depth."""

from __future__ import annotations

import math
from collections.abc import Mapping

from initscope.planning.choice import Choice, fill, keep
from initscope.planning.graph import Place
from initscope.planning.model import Model
from initscope.planning.schemes import common, recurrent
from initscope.planning.schemes.chains import Scale, forward_gain, scale_of_chain
from initscope.planning.slots import Slot

HEAD = 0.25
"""Standard deviation of the outputs: with it the initial loss is ln(classes) plus about 1/32."""

_HEAD_REFERENCE = "Yang and Hu, 2021 (outputs near zero at initialization)"
_BRANCH_REFERENCE = "Zhang et al., 2019; Radford et al., 2019: the sum of L branches keeps its size"
_ZEROS = "Goyal et al., 2017; Zhang et al., 2019; Hu et al., 2022: a deliberate zero"


def auto(model: Model) -> Mapping[str, Choice | None]:
    """Keep the second moments of signal and gradient along depth, wherever each weight stands.

    Between normalizations and in residual branches a weight keeps the signal (forward gain of the
    activation that feeds it), and each of L branches is scaled by 1 / sqrt(L). In plain chains it
    stands at the critical point of its activation, orthogonal. Deliberate zeros are kept.
    """
    graph = model.require_graph("auto")
    places = {slot.name: graph.place(slot.name) for slot in model.slots}
    return {slot.name: _choice(model, slot, places[slot.name]) for slot in model.slots}


def _choice(model: Model, slot: Slot, place: Place | None) -> Choice | None:
    zero = _deliberate_zero(model, slot, place)
    if zero:
        return zero
    if slot.role in {"recurrent", "recurrent_input", "gate_bias"}:
        return recurrent.gated(slot, forget=1.0)
    if slot.role == "embedding":
        return _embedding(slot)
    if slot.is_weight:
        return _weight(model, slot, place)
    if slot.role == "norm_scale" and model.graph:
        return _norm_scale(model, slot)
    if slot.role == "bias" and place:
        return _bias(place)
    return common.other(slot)


def _weight(model: Model, slot: Slot, place: Place | None) -> Choice:
    if place is None:
        return fill("lecun_normal", reason="it did not run on the example; a linear gain")
    if place.is_head:
        gain = HEAD * forward_gain(place.fed_by)
        reason = f"the head: outputs of standard deviation {HEAD:g}, loss near ln(classes)"
        return _gaussian(gain, reason, _HEAD_REFERENCE)
    gain = forward_gain(place.fed_by)
    fed = "" if place.fed_by == "identity" else f" of {place.fed_by}"
    if place.ends_branch:
        count = len(model.branches)
        reason = f"ends a residual branch: gain {gain:.4g}{fed}, by 1 / sqrt({count} branches)"
        return _gaussian(gain / math.sqrt(count), reason, _BRANCH_REFERENCE)
    if place.feeds == "normalization":
        return _gaussian(gain, f"gain {gain:.4g}{fed}; the normalization behind removes any scale")
    if place.feeds == "attention":
        return _gaussian(gain, "queries, keys and values of unit variance")
    if place.branch or place.in_normalized or slot.role != "linear":
        return _gaussian(gain, f"keeps the signal: gain {gain:.4g}{fed}")
    return _chain(slot, place)


def _chain(slot: Slot, place: Place) -> Choice:
    """A plain chain has nothing but its weights to keep signals and gradients."""
    scale = scale_of_chain(place)
    assert slot.fans is not None  # noqa: S101 - weights have fans
    # Orthogonal for any shape, with the standard deviation sigma_w / sqrt(fan_in).
    gain = scale.sigma_w * math.sqrt(max(1.0, slot.fans.fan_out / slot.fans.fan_in))
    return fill(f"orthogonal(gain={gain!r})", reason=scale.reason, reference=scale.reference)


def _gaussian(gain: float, reason: str, reference: str = "") -> Choice:
    chosen = f"variance_scaling(scale={gain * gain!r}, mode=fan_in, distribution=normal)"
    return fill(chosen, reason=reason, reference=reference)


def _embedding(slot: Slot) -> Choice:
    if slot.fans and slot.fans.fan_in > 1:
        std = HEAD / math.sqrt(slot.fans.fan_in)
        reason = f"tied to the head: outputs of standard deviation {HEAD:g}"
        return fill(f"normal(std={std!r})", reason=reason, reference=_HEAD_REFERENCE)
    return fill("normal(std=1)", reason="unit variance of what is looked up")


def _norm_scale(model: Model, slot: Slot) -> Choice | None:
    graph = model.require_graph("auto")
    ends = {name for branch in graph.branches for name in graph.closing_scales(branch)}
    if slot.name not in ends:
        return common.other(slot)
    scale = 1 / math.sqrt(len(graph.branches))
    reason = f"ends a residual branch: 1 / sqrt({len(graph.branches)} branches)"
    return fill(f"constant(value={scale!r})", reason=reason, reference=_BRANCH_REFERENCE)


def _bias(place: Place) -> Choice | None:
    scale = _chain_scale(place)
    if scale is None or scale.sigma_b == 0:
        return fill("zeros", reason="biases start at zero")
    return fill(f"normal(std={scale.sigma_b!r})", reason=scale.reason, reference=scale.reference)


def _chain_scale(place: Place) -> Scale | None:
    plain = not (place.branch or place.in_normalized or place.is_head or place.ends_branch)
    return scale_of_chain(place) if plain and place.feeds != "normalization" else None


def _deliberate_zero(model: Model, slot: Slot, place: Place | None) -> Choice | None:
    """What is all zero now, and where a zero is known to be meant."""
    if slot.role in {"bias", "gate_bias", "norm_shift", "embedding"} or not model.is_zero(slot):
        return None
    if "lora_B" in slot.name or slot.role in {"token", "position", "norm_scale"}:
        return keep("zero before, and meant to be", _ZEROS)
    if place and (place.ends_branch or place.is_head or place.feeds == "multiply"):
        where = "the head" if place.is_head else "the end of a branch"
        return keep(f"zero before, at {where}: meant to be", _ZEROS)
    return None
