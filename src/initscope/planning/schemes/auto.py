"""The scheme that chooses for each parameter, so that signals and gradients survive depth."""

from __future__ import annotations

import math
from collections.abc import Mapping

from initscope.planning.choice import Choice, fill, keep
from initscope.planning.model import Model
from initscope.planning.places import Place
from initscope.planning.schemes import common, deliberate, recurrent
from initscope.planning.schemes.chains import Chain, forward_gain
from initscope.planning.schemes.tables import Tables
from initscope.planning.slots import Slot

HEAD = 0.5
"""Standard deviation of the outputs: with it the initial loss is ln(classes) plus at most 1/8."""

SHARE = 0.5
"""Standard deviation of learned positions and tokens beside signals of unit variance.

A class token that starts at zero consists of its position alone. Where that is 0.02, the first
normalization multiplies its gradient by 50.
"""

_HEAD_REFERENCE = "Yang and Hu, 2021 (outputs near zero at initialization)"
_BRANCH_REFERENCE = "Zhang et al., 2019; Radford et al., 2019: the sum of L branches keeps its size"
_ATTENTION = "Vaswani et al., 2017, section 3.2.1"


def auto(model: Model) -> Mapping[str, Choice | None]:
    """Keep the second moments of signal and gradient along depth, wherever each weight stands.

    Between normalizations and in residual branches a weight keeps the signal (forward gain of the
    activation that feeds it), and each of the L branches of a stream is scaled by 1 / sqrt(L). In
    plain chains it stands at the critical point of its activation, orthogonal. Heads start near
    zero. Deliberate zeros and constants are kept.
    """
    return _Auto(model).choices()


class _Auto:
    """The decisions for one model."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.graph = model.require_graph("auto")
        self.places = {slot.name: self.graph.place(slot.name) for slot in model.slots}
        self.tables = Tables(model, self.graph, HEAD)
        self.chain = Chain(model, self.places)
        self.closing = {
            name: self.graph.residuals.beside(branch)
            for branch in self.graph.residuals.branches
            for name in self.graph.residuals.closing_scales(branch)
        }

    def choices(self) -> Mapping[str, Choice | None]:
        return {slot.name: self._choice(slot, self.places[slot.name]) for slot in self.model.slots}

    def _choice(self, slot: Slot, place: Place | None) -> Choice | None:
        reason = deliberate.reason(self.model, slot, place)
        if reason:
            return keep(*reason)
        if slot.role in {"recurrent", "recurrent_input", "gate_bias"}:
            return recurrent.gated(slot, forget=1.0)
        if slot.role == "embedding":
            return self._embedding(slot)
        if slot.is_weight:
            return self._weight(slot, place)
        if slot.name in self.closing:
            return self._closing_scale(slot)
        if slot.role in {"position", "token"} and place and place.feeds != "attention":
            why = "a share of the signal that normalization does not have to blow up"
            return fill(f"normal(std={SHARE!r})", reason=why)
        if slot.role == "bias" and place and self.chain.holds(slot, place):
            return self.chain.bias(slot, place)
        return common.other(slot)

    def _weight(self, slot: Slot, place: Place | None) -> Choice:
        if place is None:
            return fill("lecun_normal", reason="it did not run on the example; a linear gain")
        gain = forward_gain(place.fed_by)
        if place.is_head:
            gain = self.chain.head_gain(place) or gain
            reason = f"the head: outputs of standard deviation {HEAD:g}, loss near ln(classes)"
            return _gaussian(HEAD * gain, reason, _HEAD_REFERENCE, target=HEAD**2)
        if place.ends_branch:
            return self._branch_end(slot, place, gain)
        if self.chain.holds(slot, place):
            return self.chain.weight(slot, place)
        if place.score_gain < 0.99 or place.score_gain > 1.01:
            reason = f"queries times {place.score_gain:.4g}: this attention does not divide scores"
            return _gaussian(gain * place.score_gain, reason, _ATTENTION)
        fed = "" if place.fed_by == "identity" else f" of {place.fed_by}"
        ends = {
            "normalization": f"gain {gain:.4g}{fed}; the normalization behind removes any scale",
            "attention": f"queries, keys and values of unit variance: gain {gain:.4g}{fed}",
        }
        return _gaussian(gain, ends.get(place.feeds, f"keeps the signal: gain {gain:.4g}{fed}"))

    def _branch_end(self, slot: Slot, place: Place, gain: float) -> Choice:
        branch = self.graph.residuals.ended_by(slot.name)
        assert branch is not None  # noqa: S101 - it ends one
        fed = "" if place.fed_by == "identity" else f" of {place.fed_by}"
        if self.graph.residuals.closing_scales(branch):
            reason = f"gain {gain:.4g}{fed}; the normalization that ends the branch has its scale"
            return _gaussian(gain, reason)
        count, stream = self.graph.residuals.beside(branch), self.tables.stream_std(branch)
        reason = f"ends a residual branch: gain {gain:.4g}{fed}, by 1 / sqrt({count} branches)"
        if stream != 1:
            reason += f", times the stream's {stream:.3g}"
        return _gaussian(gain * stream / math.sqrt(count), reason, _BRANCH_REFERENCE)

    def _embedding(self, slot: Slot) -> Choice:
        std = self.tables.std(slot)
        references = {self.tables.TIED: _HEAD_REFERENCE, self.tables.SCORES: _ATTENTION}
        reason = self.tables.reason(slot)
        return fill(f"normal(std={std!r})", reason=reason, reference=references.get(reason, ""))

    def _closing_scale(self, slot: Slot) -> Choice:
        count = self.closing[slot.name]
        reason = f"ends a residual branch: 1 / sqrt({count} branches)"
        value = 1 / math.sqrt(count)
        return fill(f"constant(value={value!r})", reason=reason, reference=_BRANCH_REFERENCE)


def _gaussian(gain: float, reason: str, reference: str = "", target: float | None = None) -> Choice:
    chosen = f"variance_scaling(scale={gain * gain!r}, mode=fan_in, distribution=normal)"
    return fill(chosen, reason=reason, reference=reference, target=target)
