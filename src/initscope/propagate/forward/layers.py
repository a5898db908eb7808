"""Layers with weights: what enters is summed with random signs."""

from __future__ import annotations

import math

import numpy as np

from initscope.observe import Operation, Trace
from initscope.propagate import taps as geometry
from initscope.propagate.flow import (
    APART,
    Array,
    Flow,
    independent,
    keeps_apart,
    members_of,
    mingle,
    units_of,
)
from initscope.propagate.forward.context import Context
from initscope.propagate.refusal import NoModelError
from initscope.propagate.weights import Weight, of, optional, weight


def linear(at: Context) -> Flow:
    r"""A dense layer z = W h + b of n inputs, weights of mean w and standard deviation s.

    .. math:: E[z^2] = n s^2 E[h^2] + w^2 E[(\textstyle\sum_j h_j)^2] + 2 w b E[\sum_j h_j] + E[b^2]
    """
    kernel, fans, bias = dense(at.trace, at.row)
    return _weighted(at, kernel, bias, fans[0], at.flow.second, at.flow.profile)


def dense(trace: Trace, row: Operation) -> tuple[Weight, tuple[int, int], Weight]:
    """Return a dense layer's weight, its fans (in, out) and its bias."""
    if row.function not in {"linear", "addmm", "matmul", "mm", "rmatmul"}:
        raise NoModelError(f"{row.function} of a parameter has no model")
    uses = [use for use in row.parameters if use.argument != "bias"]
    if len(uses) != 1:
        raise NoModelError("its weight is not one parameter")
    kernel = of(trace, uses[0])
    if len(kernel.shape) != 2:
        raise NoModelError(f"its weight has {len(kernel.shape)} dimensions")
    right = uses[0].argument == "weight" and row.function != "rmatmul"
    if right:
        fans = row.input_shapes[0][-1], row.output_shapes[0][-1]
        if row.function == "addmm":
            fans = row.input_shapes[1][-1], fans[1]
    else:
        units = row.output_shapes[0][-2]
        fans = math.prod(kernel.shape) // units, units
    return kernel, fans, optional(trace, row, "bias")


def _weighted(  # noqa: PLR0913, PLR0917 - a layer's weights and what they multiply
    at: Context, kernel: Weight, bias: Weight, fan: int, second: float, profile: Array | None
) -> Flow:
    flow, units = at.flow, units_of(at.row)
    if not kernel.is_centred and math.isnan(flow.common):
        raise NoModelError("its weights share a mean, and how alike its inputs are is not known")
    centred = kernel.is_centred
    w = 0.0 if centred else kernel.mean
    noise = fan * kernel.std**2 * second
    shift = w * fan * flow.mean
    shared = 0.0 if centred else (w * fan) ** 2 * flow.common
    total = noise + shared + 2 * shift * bias.mean + bias.second
    through = (noise + shared) / total if total else 0.0
    constant = (w * fan * flow.mean + bias.mean) ** 2 + bias.std**2
    common = shared + 2 * shift * bias.mean + bias.mean**2 + (noise + bias.std**2) / units
    crossed = 2 * noise * (noise + 2 * (total - noise)) / total**2 if total else 0.0
    own = crossed / units * flow.pairs
    return Flow(
        second=total,
        mean=shift + bias.mean,
        common=common,
        cosine=_mixed(flow.cosine, noise, total, constant),
        alike=min(_share(flow.alike, noise, total, constant), 1.0),
        core=through**2 * (flow.core + flow.own),
        lean=through * flow.lean,
        own=own,
        uneven=through**2 * (flow.uneven if flow.is_mixed else 1.0),
        normal=_normal(noise + bias.std**2, total - (shift + bias.mean) ** 2),
        units=units,
        mingled=mingle(flow.mingled, units),
        members=members_of(at.row),
        profile=profile,
        restarted=flow.restarted,
    )


def _mixed(cosine: float | None, noise: float, total: float, constant: float) -> float | None:
    return None if cosine is None or not total else min(_share(cosine, noise, total, constant), 1.0)


def _share(share: float, noise: float, total: float, constant: float) -> float:
    return (share * noise + constant) / total if total else 0.0


def _normal(share: float, variance: float) -> float:
    return min(share / variance, 1.0) if variance > 0 else 1.0


def convolution(at: Context) -> Flow:
    """A convolution, or a transposed one: a dense layer over the taps that are not on padding."""
    kernel, found, fan = convolved(at.trace, at.row)
    apart = keeps_apart(at.row)
    if apart and at.flow.apart:
        raise NoModelError("its channels keep unequal sizes, since no layer before has mixed them")
    if not kernel.is_centred:
        raise NoModelError("its weights share a mean, and its inputs' neighbours are not followed")
    seen = found.forward(spatial(found, at.flow.profile, inputs=True))
    size = float(seen.mean())
    bias = optional(at.trace, at.row, "bias")
    flow = _weighted(at, kernel, bias, fan, at.flow.second * size, None)
    noise = fan * kernel.std**2 * at.flow.second * seen
    profile = noise + bias.second
    if not flow.second:
        return flow
    profile /= profile.mean()
    uneven = flow.uneven + float(profile.var())
    own = flow.own * (APART if apart else 1.0)
    return flow._replace(profile=profile, uneven=uneven, apart=apart, own=own)


def convolved(trace: Trace, row: Operation) -> tuple[Weight, geometry.Taps, int]:
    """Return a convolution's kernel, its taps, and the channels that an output sums over."""
    kernel = weight(trace, row, "weight")
    found = geometry.taps(row, kernel.shape[2:])
    transposed = row.kind == "transposed_convolution"
    groups = row.options.get("groups", 1)
    if not isinstance(groups, int):
        raise NoModelError(f"groups {groups!r} are not understood")
    return kernel, found, kernel.shape[0] // groups if transposed else kernel.shape[1]


def spatial(found: geometry.Taps, profile: Array | None, *, inputs: bool) -> Array:
    """Return a profile over positions, an even one where none is known that fits."""
    sizes = tuple(matrix.shape[1 if inputs else 0] for matrix in found.counts)
    if profile is None or profile.shape != sizes:
        return np.ones(sizes)
    return profile


def embedding(at: Context) -> Flow:
    """Rows of a table; which of them are shown is not known, so that the spread is that of one."""
    if at.row.function != "embedding" or at.row.options.get("max_norm"):
        raise NoModelError("rows of the table are combined or rescaled")
    table = weight(at.trace, at.row, "weight")
    units = units_of(at.row)
    found = at.row.forward
    return Flow(
        second=table.second,
        mean=table.mean if not table.is_centred else 0.0,
        common=independent(table.second, table.mean, units),
        cosine=found.cosine if found else None,
        alike=max(found.cosine or 0.0, 0.0) if found else 0.0,
        core=0.0,
        own=0.0 if table.constant else 2 / units,
        uneven=2 / units,
        normal=0.0,
        units=units,
        mingled=1 / units,
        members=members_of(at.row),
    )
