"""Layer-sequential unit variance: orthogonal weights, rescaled by what an example shows."""

from __future__ import annotations

from collections.abc import Mapping

from initscope.planning.choice import Choice, fill
from initscope.planning.model import Model
from initscope.planning.schemes import common
from initscope.planning.slots import Slot

_REFERENCE = "Mishkin and Matas, 2016, algorithm 1"


def lsuv(model: Model) -> Mapping[str, Choice | None]:
    """Start orthogonal, then rescale every weight until its output has unit variance.

    The rescaling happens in the order of execution, on the plan's example, when it is applied.
    """
    return {slot.name: _choice(slot) for slot in model.slots}


def _choice(slot: Slot) -> Choice | None:
    if slot.is_weight:
        reason = "orthogonal, then rescaled to unit variance of its output"
        return fill("orthogonal", reason=reason, reference=_REFERENCE)
    if slot.role == "embedding":
        return fill("normal(std=1)", reason="unit variance", reference=_REFERENCE)
    return common.other(slot)
