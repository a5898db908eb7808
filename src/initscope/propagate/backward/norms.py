"""Gradients through normalization: less what runs along the mean and the signal."""

from __future__ import annotations

import math

from initscope.propagate.backward.context import Context
from initscope.propagate.flow import Flow
from initscope.propagate.forward.norms import epsilon, scales, variance_of
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import NoModelError

_EVEN = 0.15
"""Relative variance over positions of what normalization divides by that its mean stands for."""


def normalized(at: Context) -> Pull:
    """Normalization: divided by the variance, less its parts along the mean and the signal."""
    row, flow = at.row, at.flow
    known = {"layer_norm", "batch_norm", "group_norm", "rms_norm"}
    if row.function not in known:
        raise NoModelError(f"the gradient of {row.function} has no model")
    scale, _ = scales(at.trace, row)
    divisor = variance_of(row, flow) + epsilon(row)
    if divisor <= epsilon(row):
        raise NoModelError("it divides by zero variance")
    lost, own, lean = _lost(at, flow)
    factor = scale.second / divisor * max(1 - lost, 0.0)
    varies = 0.0 if scale.constant else 2 / flow.units
    return at.pull._replace(
        second=at.pull.second * factor,
        own=at.pull.own + varies + own,
        lean=at.pull.lean + lean,
        profile=at.pull.profile if row.function == "batch_norm" else None,
    )


def _lost(at: Context, flow: Flow) -> tuple[float, float, float]:
    """Return the share of the gradient that normalization removes, its variance, and its doubt."""
    row = at.row
    if row.function == "batch_norm":
        return _lost_over_batch(at, flow)
    size = _normalized_size(at)
    if flow.uneven > (_EVEN if at.pull.sparse else 2 * _EVEN):
        raise NoModelError("its inputs differ in size, and small ones have large gradients")
    # The inverse variance of n features has the mean 1 + 2/n, the centred variance is 1/n smaller,
    # the gradient's mean is 1/n of it; its part along the signal went in the layer behind. Sums
    # with a normalized stream have variances that differ less.
    after_layer = at.trace.operations[at.operand].kind in {"linear", "convolution"}
    removed = -2 / size if after_layer else 0.0
    return removed, flow.core, (0.5 if after_layer else 2) / size + abs(flow.uneven) / 2


def _normalized_size(at: Context) -> int:
    given = at.row.options.get("normalized_shape")
    if at.row.function == "group_norm":
        groups = at.row.options.get("num_groups", 1)
        channels = at.shape[1] // (groups if isinstance(groups, int) else 1)
        if channels < 8:
            raise NoModelError("its groups are small, and their means over positions not recorded")
        return channels
    return math.prod(given) if isinstance(given, tuple) else at.shape[-1]


def _lost_over_batch(at: Context, flow: Flow) -> tuple[float, float, float]:
    """Over a batch of B independent members: (B - 2) / (B - 3) in the mean of all."""
    members = max(at.shape[0], 1)
    if members < 4 and len(at.shape) == 2:
        raise NoModelError("its batch is below 4: the mean inverse variance is infinite")
    if flow.alike > 0.9:
        raise NoModelError("its inputs are nearly equal over the batch")
    positions = len(at.shape) > 2
    lost = 0.0 if positions else 1 - (members - 2) / (members - 3)
    doubt = flow.alike / (1 - flow.alike) / 4 if positions else 0.0
    return lost, (2 / members) ** 2 + 2 / members / flow.units, doubt
