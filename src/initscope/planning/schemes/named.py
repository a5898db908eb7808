"""One named initializer on every weight."""

from __future__ import annotations

from collections.abc import Mapping

from initscope.initializers import Initializer
from initscope.planning.choice import Choice, fill
from initscope.planning.model import Model
from initscope.planning.schemes import common
from initscope.planning.slots import Slot


def named(model: Model, initializer: Initializer) -> Mapping[str, Choice | None]:
    """Give every weight and every table of embeddings the same initializer, biases zero."""
    return {slot.name: _choice(slot, initializer) for slot in model.slots}


def _choice(slot: Slot, initializer: Initializer) -> Choice | None:
    if slot.is_weight or slot.role == "embedding":
        return fill(initializer, reason=f"every weight is {initializer}")
    return common.other(slot)
