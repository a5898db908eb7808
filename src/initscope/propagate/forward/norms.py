"""Normalization, and what it divides by."""

from __future__ import annotations

import math

from initscope.observe import Operation, Trace
from initscope.propagate.flow import Flow, independent
from initscope.propagate.forward.context import Context
from initscope.propagate.refusal import NoModelError
from initscope.propagate.weights import Weight, optional


def normalized(at: Context) -> Flow:
    """Normalization: mean squares become those of its scale and shift, less what eps takes."""
    row, flow = at.row, at.flow
    if row.function not in {"layer_norm", "batch_norm", "group_norm", "rms_norm", "instance_norm"}:
        raise NoModelError(f"{row.function} has no model")
    scale, shift = scales(at.trace, row)
    divisor = variance_of(row, flow)
    eps = epsilon(row)
    kept = divisor / (divisor + eps) if divisor + eps > 0 else 0.0
    second = scale.second * kept + shift.second
    over_batch = row.function in {"batch_norm", "instance_norm"}
    by_size = scale.mean / divisor**0.5 if row.function == "rms_norm" else 0.0
    mean = flow.mean * by_size if by_size else shift.mean
    share = shift.second / second if second else 0.0
    own = (1 - kept) ** 2 * (flow.spread + flow.uneven)
    if row.function == "rms_norm" or not over_batch:
        own += (1 - kept) ** 2
    return flow._replace(
        second=second,
        mean=mean,
        drift=flow.drift * by_size**2,
        common=independent(second, mean, flow.units),
        cosine=_after_norm(row, flow, scale, shift, second),
        alike=share if over_batch else min(flow.alike, 1.0),
        core=0.0,
        own=own + _doubt(scale, shift, flow.units),
        lean=(1 - kept) * flow.lean,
        uneven=_uneven_after(row, flow) if over_batch else 0.0,
        profile=flow.profile if over_batch else None,
    )


def _uneven_after(row: Operation, flow: Flow) -> float:
    """Return how inputs differ in size; a small batch is less than normal, its kurtosis smaller."""
    return flow.uneven - (2 / (flow.members + 1) if len(row.output_shapes[0]) == 2 else 0.0)


def _doubt(scale: Weight, shift: Weight, units: int) -> float:
    """Scales that vary over units meet units of unequal size."""
    return 0.0 if scale.constant and shift.constant else 2 / units


def _after_norm(
    row: Operation, flow: Flow, scale: Weight, shift: Weight, second: float
) -> float | None:
    if flow.cosine is None or not second:
        return None
    if row.function == "batch_norm":
        return (shift.second - scale.second / max(flow.members - 1, 1)) / second
    if row.function == "rms_norm":
        return flow.cosine
    centred = max(flow.second - flow.mean**2, 1e-300)
    cosine = (flow.cosine * flow.second - flow.mean**2) / centred
    return (max(min(cosine, 1.0), -1.0) * scale.second + shift.second) / second


def scales(trace: Trace, row: Operation) -> tuple[Weight, Weight]:
    """Return a normalization's scale and shift."""
    one = Weight(1.0, 0.0, (), constant=True)
    return optional(trace, row, "weight", one), optional(trace, row, "bias")


def epsilon(row: Operation) -> float:
    """Return what a normalization adds to the variance."""
    value = row.options.get("eps", 1e-5)
    return float(value) if isinstance(value, int | float) else 1e-5


def variance_of(row: Operation, flow: Flow) -> float:
    """Return the mean of what a normalization divides by, squared.

    Raises:
        NoModelError: it is not known.
    """
    if row.function == "rms_norm":
        return flow.second
    if row.function in {"batch_norm", "instance_norm"}:
        if row.options.get("batch_statistics") is not True:
            raise NoModelError("it divides by running statistics, which are not recorded")
        return flow.second * max(1 - flow.alike, 0.0)
    if math.isnan(flow.common):
        raise NoModelError("how alike its units are is not known")
    # Rounding of equal units is nothing to divide by.
    left = flow.second - max(flow.common - (flow.second - flow.mean**2) / flow.units, 0.0)
    return left if left > 1e-6 * flow.second else 0.0
