"""What keeps, drops, joins or selects elements."""

from __future__ import annotations

import math

import numpy as np

from initscope.observe import Operation
from initscope.propagate.flow import Flow, units_of
from initscope.propagate.forward.context import Context
from initscope.propagate.forward.sums import _apart
from initscope.propagate.refusal import NoModelError

_SELECTING = {"getitem", "select", "narrow", "index_select", "gather", "take", "unbind"}

_CUTTING = {"chunk", "split", "split_with_sizes", "tensor_split", "hsplit", "vsplit"}

_CHANGING = {"pad", "unfold", "fold", "as_strided", "tril", "triu", "masked_select", "diag", "real"}


def dropped(at: Context) -> Flow:
    """Dropout: 1 / (1 - p) in training."""
    flow = at.flow
    if not at.row.function.startswith("dropout"):
        raise NoModelError(f"{at.row.function} has no model")
    kept = kept_share(at.row)
    if kept == 1:
        return flow
    noise = 3 / kept / (flow.units * flow.members)
    return flow._replace(
        second=flow.second / kept, own=flow.own + noise, normal=0.0,
        cosine=None if flow.cosine is None else flow.cosine * kept, alike=flow.alike * kept,
        common=_apart(flow, flow.second / kept, flow.mean),
        uneven=flow.uneven + 3 / kept / flow.units,
    )  # fmt: skip


def kept_share(row: Operation) -> float:
    """Return the share of elements that dropout keeps, one outside of training."""
    p = row.options.get("p", 0.5)
    if not row.options.get("training", True):
        return 1.0
    if not isinstance(p, int | float) or p >= 1:
        raise NoModelError("it drops everything")
    return 1 - float(p)


def joined(at: Context) -> Flow:
    """A concatenation: second moments are averaged over elements."""
    row = at.row
    if row.function not in {"cat", "stack", "concat", "concatenate", "hstack", "vstack"}:
        raise NoModelError(f"{row.function} writes into a part of a tensor")
    shapes = [shape for shape in row.input_shapes if math.prod(shape)]
    if len(at.flows) != len(shapes):
        raise NoModelError("it joins constants whose values are not recorded")
    sizes = np.array([math.prod(shape) for shape in shapes], dtype=float)
    shares = sizes / sizes.sum()
    seconds = np.array([flow.second for flow in at.flows])
    mean = float(shares @ [flow.mean for flow in at.flows])
    second = float(shares @ seconds)
    first = at.flows[0]
    uneven = float(shares @ seconds**2) / second**2 - 1 if second else 0.0
    parts = shares * seconds / second if second else shares
    cosines = [flow.cosine for flow in at.flows]
    units = units_of(row)
    return first._replace(
        second=second,
        mean=mean,
        common=_apart(max(at.flows, key=lambda flow: math.isnan(flow.common)), second, mean),
        cosine=None if None in cosines else float(parts @ np.array(cosines, dtype=float)),
        alike=float(parts @ [flow.alike for flow in at.flows]),
        core=float(parts @ [math.sqrt(flow.core) for flow in at.flows]) ** 2,
        drift=max(flow.drift for flow in at.flows),
        own=float(parts**2 @ [flow.own for flow in at.flows]),
        uneven=uneven + max(flow.uneven for flow in at.flows),
        normal=min(flow.normal for flow in at.flows) if uneven < 0.1 else 0.0,
        units=units,
        mingled=max(flow.mingled for flow in at.flows),
        lean=max(flow.lean for flow in at.flows),
        profile=None,
        restarted=any(flow.restarted for flow in at.flows),
    )


def viewed(at: Context) -> Flow:
    """A view: the same numbers, or some of them."""
    row, flow = at.row, at.flow
    if row.function in _CHANGING | {"imag", "diagonal", "view_as_real", "view_as_complex"}:
        raise NoModelError(f"{row.function} changes which elements there are")
    before, after = (math.prod(shapes[0]) for shapes in (row.input_shapes, row.output_shapes))
    if before == after:
        same = row.input_shapes[0][-1:] == row.output_shapes[0][-1:]
        kept = flow.profile if row.input_shapes[0][2:] == row.output_shapes[0][2:] else None
        return flow._replace(profile=kept, core=flow.core) if same else flow._replace(profile=None)
    if row.function in _SELECTING and after < before:
        # A single position may differ from the mean over all, and be the same in every member.
        return flow._replace(own=flow.own + flow.uneven, profile=None, cosine=None)
    if row.function in _CUTTING:
        return flow._replace(own=flow.own + flow.uneven, profile=None)
    return flow._replace(profile=None)
