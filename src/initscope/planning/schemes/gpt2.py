"""GPT-2's scheme: a fixed small scale, residual projections scaled down by depth."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from initscope.planning.choice import Choice, fill
from initscope.planning.model import Model
from initscope.planning.schemes import common
from initscope.planning.slots import Slot

_REFERENCE = "Radford et al., 2019, section 2.3"
_PROJECTION = re.compile(
    r"(^|\.)(c_proj|o_proj|out_proj|down_proj|out_lin|lin2|fc2|w2|wo|dense_4h_to_h|linear2|proj"
    r"|(attention\.)?output\.dense)\.weight$"
)


def gpt2(model: Model, std: float = 0.02) -> Mapping[str, Choice | None]:
    r"""Draw from N(0, std^2), and divide the std of residual projections by sqrt(their number).

    GPT-2 has two residual branches a block, so that this is 1 / sqrt(2 L) for L blocks. Residual
    projections are found in the graph where an example is given, else by the names that published
    transformers use.
    """
    ends = residual_projections(model)
    scaled = std / math.sqrt(max(1, len(ends)))
    return {slot.name: _choice(slot, std, scaled, ends) for slot in model.slots}


def residual_projections(model: Model) -> frozenset[str]:
    """Return the names of the weights whose output is added to a residual stream."""
    weights = [slot for slot in model.slots if slot.is_weight]
    if model.graph:
        places = {slot.name: model.graph.place(slot.name) for slot in weights}
        return frozenset(name for name, place in places.items() if place and place.ends_branch)
    return frozenset(slot.name for slot in weights if _PROJECTION.search(slot.name))


def _choice(slot: Slot, std: float, scaled: float, ends: frozenset[str]) -> Choice | None:
    if slot.name in ends:
        reason = f"a residual projection, {std:g} / sqrt({len(ends)} branches)"
        return fill(f"normal(std={scaled!r})", reason=reason, reference=_REFERENCE)
    if slot.is_weight or slot.role in {"embedding", "position", "token"}:
        return fill(f"normal(std={std!r})", reason="a fixed scale", reference=_REFERENCE)
    return common.other(slot)
