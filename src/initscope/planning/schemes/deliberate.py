"""Values that an architecture chose on purpose, and that `auto` leaves as they are."""

from __future__ import annotations

from initscope.planning.model import Model
from initscope.planning.places import Place
from initscope.planning.slots import Slot

_ZEROS = "Goyal et al., 2017; Zhang et al., 2019; Hu et al., 2022: a deliberate zero"
_STEPS = "Gu and Dao, 2024, section 3.6"
_PRIOR = "Lin et al., 2017, section 3.3"
_ZERO_MEANT = frozenset({"token", "position", "norm_scale", "weight_norm_scale"})


def reason(model: Model, slot: Slot, place: Place | None) -> tuple[str, str] | None:
    """Return why a parameter keeps its values, and a reference; None where it is drawn anew."""
    if slot.role == "bias":
        return _bias(model, slot, place)
    if slot.role in {"gate_bias", "norm_shift", "embedding"} or not model.is_zero(slot):
        return None
    if "lora_B" in slot.name or slot.role in _ZERO_MEANT:
        return "zero before, and meant to be", _ZEROS
    if place and (place.ends_branch or place.is_head):
        where = "the head" if place.is_head else "the end of a branch"
        return f"zero before, at {where}: meant to be", _ZEROS
    if place and place.feeds == "multiply" and slot.is_weight:
        return "zero before, and modulates another signal: meant to be", _ZEROS
    return None


def _bias(model: Model, slot: Slot, place: Place | None) -> tuple[str, str] | None:
    """Keep time steps of state-space layers, and a head's prior."""
    block = slot.module.rpartition(".")[0]
    states = {s.module for s in model.slots if s.role == "state_space"}
    if place and place.feeds == "softplus" and states & {block, slot.module}:
        return "time steps that the architecture derived", _STEPS
    if place and place.is_head and model.is_constant(slot) and not model.is_zero(slot):
        return "one value for every output: a prior of rare classes", _PRIOR
    return None
