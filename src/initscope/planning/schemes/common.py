"""What all schemes do with parameters that are no weights."""

from __future__ import annotations

from initscope.planning.choice import NORMS, Choice, fill, keep
from initscope.planning.slots import Slot

_SMALL = "normal(std=0.02)"
_GPT = "Radford et al., 2018, section 4.1"


def other(slot: Slot) -> Choice | None:
    """Return the usual choice for a parameter that is no weight; None where there is none."""
    match slot.role:
        case "bias" | "gate_bias":
            return fill("zeros", reason="biases start at zero")
        case "norm_scale":
            return fill("ones", reason="a normalization starts as the identity")
        case "norm_shift":
            return fill("zeros", reason="a normalization starts as the identity")
        case "weight_norm_scale":
            return NORMS
        case "slope":
            return fill("constant(value=0.25)", reason="PReLU's slope", reference="He et al., 2015")
        case "token" | "position":
            return fill(_SMALL, reason="learned tokens and positions start small", reference=_GPT)
        case "scalar" | "layer_scale":
            return keep("a scale that the architecture chose")
        case "state_space":
            return keep("a constant that the architecture derived", "Gu and Dao, 2024")
    return None
