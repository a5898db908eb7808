"""The scale of weights in plain chains, from the theory of their activation."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from initscope.errors import InputError
from initscope.planning.choice import Choice, fill
from initscope.planning.model import Model
from initscope.planning.places import Place
from initscope.planning.slots import Slot
from initscope.theory import (
    MeanField,
    NoCriticalPointError,
    critical_point,
    edge_of_chaos,
    gain,
    moments,
)
from initscope.theory import activation as theory_of

DEEP = 10
"""Convolutions in a row from which kernels of their centre alone beat borders and averaging."""

_HOLDS = frozenset({"linear", "convolution"})
_ENDS = frozenset({"normalization", "residual", "attention", "multiply"})
_DRIFT = math.log(1.2**2)
"""What the gradient's second moment may change by, in logarithms, from end to end of a chain."""

_HIGHEST = 1e3  # a second moment that a chain may hold

_LARGEST = 0.2  # a second moment at which tanh is still steep

_ROBERTS = "Roberts, Yaida and Hanin, 2022, section 5"


@dataclass(frozen=True, slots=True)
class Scale:
    """Scales of weights and biases, and why.

    Attributes:
        sigma_w: the weights' standard deviation is sigma_w / sqrt(fan_in).
        sigma_b: standard deviation of the biases.
        q: second moment of the preactivations that these scales keep.
        reason: in words.
        reference: author, year, place.
    """

    sigma_w: float
    sigma_b: float
    q: float
    reason: str
    reference: str


class Chain:
    """Weights with nothing but themselves to keep signals and gradients.

    No normalization stands before or behind them, and no residual stream passes them by.

    Args:
        model: the model.
        places: where each parameter stands.
    """

    def __init__(self, model: Model, places: Mapping[str, Place | None]) -> None:
        held = [
            (slot, place)
            for slot in model.slots
            if slot.is_weight and (place := places[slot.name]) and self.holds(slot, place)
        ]
        self._is_deep = sum(slot.role == "convolution" for slot, _ in held) >= DEEP
        self._depths = Counter(place.fed_by for _, place in held)

    def holds(self, slot: Slot, place: Place) -> bool:
        """Whether a weight, or a bias, stands in such a chain."""
        apart = place.branch or place.in_normalized or place.is_head or place.ends_branch
        fits = slot.role in _HOLDS or slot.role == "bias"
        gated = place.fed_by.endswith(" gate") or "*" in place.fed_by
        return fits and not apart and not gated and place.feeds not in _ENDS

    def weight(self, slot: Slot, place: Place) -> Choice:
        """Choose orthogonal weights of standard deviation sigma_w / sqrt(fan_in).

        In deep chains of convolutions only the centres of the kernels are not zero: others average
        over neighbours, and lose what reaches over the border, in every layer.
        """
        scale = self._scale(place)
        assert slot.fans is not None  # noqa: S101 - weights have fans
        target = scale.q - scale.sigma_b**2
        if slot.role == "convolution" and self._is_deep and _widens(slot):
            outputs, inputs = slot.shape[:2]
            value = scale.sigma_w * math.sqrt(outputs / inputs)
            reason = f"{scale.reason}; a deep chain of convolutions"
            return fill(f"delta_orthogonal(gain={value!r})", reason=reason, target=target)
        value = scale.sigma_w * math.sqrt(max(1.0, _rows(slot) / slot.fans.fan_in))
        chosen = f"orthogonal(gain={value!r})"
        return fill(chosen, reason=scale.reason, reference=scale.reference, target=target)

    def bias(self, slot: Slot, place: Place) -> Choice:
        """Choose biases of standard deviation sigma_b."""
        scale = self._scale(place)
        if scale.sigma_b == 0:
            return fill("zeros", reason="biases start at zero")
        chosen = f"normal(std={scale.sigma_b!r})"
        return fill(chosen, reason=scale.reason, reference=scale.reference)

    def head_gain(self, place: Place) -> float | None:
        """Return the gain that brings what a chain ends with to second moment one."""
        if place.branch or place.in_normalized or not self._depths[place.fed_by]:
            return None
        try:
            scale = _kept(place.fed_by, self._depths[place.fed_by])
            return gain(place.fed_by, q=scale.q) / math.sqrt(scale.q)
        except InputError:
            return None

    def _scale(self, place: Place) -> Scale:
        if place.fed_by != "identity":
            return _kept(place.fed_by, self._depths[place.fed_by])
        if place.is_first:
            return _first(place.feeds, self._depths[place.feeds])
        return Scale(1.0, 0.0, 1.0, "linear: orthogonal keeps every norm", "Saxe et al., 2014")


@cache
def forward_gain(activation: str) -> float:
    """Return the gain that keeps the second moment; one for what the theory does not know.

    Of a product of independent factors, "silu * sigmoid", it is the product of their gains.

    >>> forward_gain("silu gate") == forward_gain("silu")
    True
    """
    names = activation.removesuffix(" gate").split(" * ")
    return math.prod(map(_gain, names))


def _gain(activation: str) -> float:
    try:
        return gain(activation)
    except InputError:
        return 1.0


@cache
def _kept(activation: str, depth: int) -> Scale:
    """Return the scales at which a chain of so many layers keeps signal and gradient."""
    try:
        point = critical_point(activation)
    except NoCriticalPointError as error:
        return _without_critical_point(activation, str(error))
    except InputError:
        gained = forward_gain(activation)
        return Scale(gained, 0.0, 1.0, f"keeps the signal of {activation}", "")
    if point.q_star == 0:
        return _fixed_point(activation, depth)
    reason = f"the critical point of {activation}: sigma_w {point.sigma_w:.4g}"
    if point.sigma_b:
        reason += f", sigma_b {point.sigma_b:.4g}, q* {point.q_star:.4g}"
    return Scale(point.sigma_w, point.sigma_b, point.q_star, reason, _ROBERTS)


def _fixed_point(activation: str, depth: int) -> Scale:
    """At a critical point q* = 0 signals fade, if slowly: stay at a q beside it instead.

    Without biases sigma_w = sqrt(q / E[f^2]) keeps q, and chi_1 = sigma_w^2 E[f'^2] comes as near
    to one as q is small. The largest q, up to 0.2, is taken at which chi_1^depth is near one.
    """
    function = theory_of(activation)
    for step in range(61):
        q = _LARGEST * 10 ** (-step / 20)
        found = moments(function, q)
        sigma_w = math.sqrt(q / found.second)
        if depth * abs(math.log(sigma_w**2 * found.slope_second)) <= _DRIFT:
            break
    reason = f"beside the critical point of {activation}: sigma_w {sigma_w:.4g} keeps q {q:.3g}"
    return Scale(sigma_w, 0.0, q, reason, _ROBERTS)


def _without_critical_point(activation: str, why: str) -> Scale:
    """Keep the gradient where the signal stays bounded, else the signal."""
    try:
        edge = edge_of_chaos(activation)
    except InputError:
        return _backward(activation, why)
    reason = f"the edge of chaos of {activation}: sigma_w {edge.sigma_w:.4g}, q* {edge.q_star:.4g}"
    return Scale(edge.sigma_w, 0.0, edge.q_star, reason, "Poole et al., 2016")


def _backward(activation: str, why: str) -> Scale:
    reason = why.partition(":")[0]
    backward = gain(activation, "backward")
    fixed = MeanField(activation, backward).q_star
    if fixed < _HIGHEST:
        return Scale(backward, 0.0, fixed, f"{reason}: {backward:.4g} keeps the gradient", "")
    forward = gain(activation)
    return Scale(
        forward, 0.0, 1.0, f"{reason}: {forward:.4g} keeps the signal, not the gradient", ""
    )


@cache
def _first(activation: str, depth: int) -> Scale:
    """The first weight brings inputs of unit second moment to what the chain keeps."""
    try:
        kept = _kept(activation, max(1, depth))
    except InputError:
        kept = Scale(1.0, 0.0, 1.0, "", "")
    sigma_w = max(kept.q - kept.sigma_b**2, 0.0) ** 0.5
    reason = f"the first weight: inputs of second moment one become {kept.q:.4g}"
    return Scale(sigma_w, kept.sigma_b, kept.q, reason, _ROBERTS)


def _rows(slot: Slot) -> int:
    """Return the rows of each part, as the orthogonal law sees them: one for an output."""
    outputs = slot.shape[1] if slot.layout.transposed else slot.shape[0]
    return outputs if slot.layout.stacked else outputs // len(slot.layout.parts)


def _widens(slot: Slot) -> bool:
    return len(slot.layout.parts) == 1 and slot.shape[0] >= slot.shape[1]
