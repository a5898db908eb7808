"""What is known of a signal between two operations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from initscope.observe import Operation
from initscope.propagate.prediction import Forward

Array = NDArray[np.float64]

ROUNDING = 1e-6
"""Variance of a logarithm that float32 sums may show."""

ALIKE_UNITS = 0.2
"""Agreement of units above which their law over inputs decides, which is unknown."""

_KEEPS_EVENNESS = frozenset({"activation", "normalization", "dropout", "add"})
_LAYERS = frozenset({"linear", "convolution", "transposed_convolution"})

_MIXING = 8  # channels whose sizes are averaged well enough

APART = 4.0
"""Factor of the noise of channels that are not mixed: products of two chi-squares for one."""

_UNEVEN = 1.0  # relative variance over inputs of what no model describes


# Flows and pulls are tuples: hundreds are made of one another in a check, a few fields changed.
class Flow(NamedTuple):
    r"""A signal x, its second moment q = E[x^2] and how it is shared.

    Attributes:
        second: q, over all elements.
        mean: E[x].
        common: second moment of the mean over units: mean^2 + (q - mean^2) / n for independent
            units, q where all are equal, NaN where it is not known.
        cosine: between different members of the batch; None for a batch of one.
        alike: second moment of a unit's mean over all inputs and positions, as a share of q.
        core: relative variance over networks of the units' variance, which they all share.
        drift: variance over networks of the mean.
        own: what the finite number of units adds to it in their measured mean square.
        uneven: relative variance of the second moment over inputs and positions.
        normal: share of the variance that is normally distributed.
        units: number of units.
        mingled: mean square cosine of unrelated inputs, which grows by 1 / n a layer of n units.
        lean: error of the logarithm that all networks share, where a model is not exact.
        members: of the batch.
        profile: second moments by spatial position, of mean one; None where they are not followed.
        apart: whether channels have passed a layer that does not mix them, and keep unequal sizes.
        restarted: whether it follows from measured values of an operation without a model.
    """

    second: float
    mean: float
    common: float
    cosine: float | None
    alike: float
    core: float
    own: float
    uneven: float
    normal: float
    units: int
    mingled: float
    members: int
    profile: Array | None = None
    apart: bool = False
    lean: float = 0.0
    drift: float = 0.0
    restarted: bool = False

    @property
    def variance(self) -> float:
        return max(self.second - self.mean**2, 0.0)

    @property
    def spread(self) -> float:
        return self.core + self.own + self.lean**2 + ROUNDING

    @property
    def pairs(self) -> float:
        """Mean square cosine over pairs of the batch: the part of the weights' noise that stays.

        The square of a cosine is at most its size. Positions count as one, and so do members where
        units may be alike, whose signals are parallel then.
        """
        if not self.is_mixed or self.cosine is None or self.members < 2:
            return 1.0
        different = min(max(abs(self.cosine), self.mingled), 1.0)
        return 1 / self.members + (1 - 1 / self.members) * different

    @property
    def agreement(self) -> float:
        """Correlation of two units over inputs and networks, 0 for independent ones, or NaN."""
        if math.isnan(self.common):
            return math.nan
        variance = self.variance
        if self.units < 2 or variance == 0:
            return 0.0
        share = (self.common - self.mean**2) / variance
        return max((share - 1 / self.units) / (1 - 1 / self.units), 0.0)

    @property
    def is_mixed(self) -> bool:
        """Whether units are known to be independent, or nearly."""
        return self.agreement <= ALIKE_UNITS

    def forecast(self) -> Forward:
        return Forward(self.second, self.spread, self.mean, self.cosine)


def independent(second: float, mean: float, units: int) -> float:
    """Return the second moment of the mean over independent units."""
    return mean**2 + max(second - mean**2, 0.0) / max(units, 1)


def keeps_apart(row: Operation) -> bool:
    """Whether an operation is a convolution that mixes fewer than eight channels."""
    groups = row.options.get("groups", 1)
    if row.kind not in _LAYERS or not isinstance(groups, int) or groups == 1:
        return False
    return row.input_shapes[0][1] // groups < _MIXING


def mingle(share: float, units: int) -> float:
    """Return the mean square cosine of unrelated vectors after one more random layer."""
    return 1 - (1 - share) * (1 - 1 / max(units, 1))


def units_of(row: Operation) -> int:
    """Return the number of an operation's units."""
    if row.forward is not None:
        return row.forward.units
    return row.output_shapes[0][-1] if row.output_shapes[0] else 1


def members_of(row: Operation) -> int:
    """Return the number of members of the batch, over all batches."""
    shape = row.output_shapes[0]
    return shape[0] * row.batches if len(shape) > 1 else 1


def measured(row: Operation, before: Sequence[Flow], *, is_centred: bool) -> Flow | None:
    """Start from what an operation's output was measured to be.

    Args:
        row: the operation.
        before: the signals that enter it, as far as they are known.
        is_centred: whether it has weights of mean zero, which make its units independent.
    """
    found = row.forward
    if found is None or not math.isfinite(found.second_moment) or found.nonfinite:
        return None
    units, members = units_of(row), members_of(row)
    cosine = found.cosine if members > 1 else None
    uneven = max((flow.uneven for flow in before), default=_UNEVEN)
    mingled = max([1 / max(units, 1), *(flow.mingled for flow in before)])
    if row.kind in _LAYERS and not before:
        mingled, uneven = mingle(1 / fan_in(row), units), 2 / fan_in(row)
    elif row.kind not in _KEEPS_EVENNESS | _LAYERS:
        uneven = _UNEVEN
    is_independent = is_centred if row.kind in _LAYERS else all(flow.is_mixed for flow in before)
    common = independent(found.second_moment, found.mean, units) if is_independent else math.nan
    return Flow(
        second=found.second_moment,
        mean=found.mean,
        common=common,
        cosine=cosine,
        alike=alike_at_least(len(row.output_shapes[0]), cosine, members),
        core=0.0,
        own=0.0,
        uneven=uneven,
        normal=1.0 if row.kind in _LAYERS else 0.0,
        units=units,
        mingled=mingled,
        apart=keeps_apart(row) or (row.kind not in _LAYERS and any(flow.apart for flow in before)),
        members=members,
        restarted=True,
    )


def fan_in(row: Operation) -> int:
    """Return the number of inputs that a unit of a weighted operation sums over."""
    shape = row.input_shapes[0]
    if row.kind == "linear":
        return shape[-1] if shape else 1
    kernels = row.input_shapes[1] if len(row.input_shapes) > 1 else (1, 1)
    first = kernels[0] if row.kind == "transposed_convolution" else kernels[1]
    return max(first * math.prod(kernels[2:]), 1)


def alike_at_least(dimensions: int, cosine: float | None, members: int) -> float:
    """Estimate the share of the units' means from the cosine of members.

    Exact for signals without positions; with positions it lies between zero and this.
    """
    if cosine is None:
        return 0.0
    share = 1 / members + (1 - 1 / members) * max(cosine, 0.0)
    return share if dimensions == 2 else max(cosine, 0.0)
