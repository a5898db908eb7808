"""Statistics of values against what their law declares, each with its tolerance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from initscope.initializers import Fans, Initializer

Z = 5.0
"""Standard errors a statistic may lie from its declared value: one false alarm in 1.7 million."""

_DRAWN = 2.0**-20
"""Relative error of values before they are cast: float32 and a few operations in it."""

_CHUNK = 1 << 20  # values that are widened to float64 at a time


@dataclass(frozen=True, slots=True)
class Check:
    """One statistic of one part of a parameter.

    Attributes:
        name: "mean", "std", "minimum", "maximum", "orthogonality", "padding", "values",
            "finite", "shape" or "present".
        declared: what it should be; of a minimum and a maximum, what it may not pass.
        actual: what it is.
        tolerance: how far it may lie away, from the sample size and the type's rounding.
    """

    name: str
    declared: float
    actual: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether it is within the tolerance."""
        match self.name:
            case "minimum":
                return self.actual >= self.declared - self.tolerance
            case "maximum":
                return self.actual <= self.declared + self.tolerance
        return abs(self.actual - self.declared) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Moments:
    """What is measured of values, in float64 and in one pass.

    Attributes:
        count: their number.
        mean: their mean.
        deviation: the root of their mean square around the declared mean.
        minimum, maximum: extremes.
        finite: share of them that is finite.
    """

    count: int
    mean: float
    deviation: float
    minimum: float
    maximum: float
    finite: float

    @classmethod
    def of(cls, values: Sequence[Tensor], centre: float) -> Moments:
        """Measure values a chunk at a time, so that no second copy of them is made."""
        count = sum(view.numel() for view in values)
        rows = [_row(chunk, centre) for view in values for chunk in _chunks(view)]
        first, second, low, high, infinite = torch.stack(rows).cpu().unbind(1)
        return cls(
            count,
            centre + float(first.sum()) / count,
            math.sqrt(float(second.sum()) / count),
            float(low.min()) + centre,
            float(high.max()) + centre,
            1 - float(infinite.sum()) / count,
        )


def _row(chunk: Tensor, centre: float) -> Tensor:
    near = chunk.cpu() if chunk.device.type == "mps" else chunk  # which has no float64
    flat = near.to(torch.float64, copy=True).reshape(-1).sub_(centre)
    low, high = flat.aminmax()
    total = flat.sum()
    infinite = torch.zeros_like(total)
    if not torch.isfinite(total):
        infinite = flat.isfinite().logical_not_().sum().to(torch.float64)
    return torch.stack([total, flat.dot(flat), low, high, infinite])


def _chunks(view: Tensor) -> Iterator[Tensor]:
    if view.numel() <= _CHUNK:
        yield view
    elif view.numel() > _CHUNK * len(view):
        for row in view:
            yield from _chunks(row)
    else:
        yield from view.split(_CHUNK * len(view) // view.numel())


def checks(
    initializer: Initializer, fans: Fans | None, values: Sequence[Tensor], factor: float = 1.0
) -> Iterator[Check]:
    """Yield every statistic that a law declares of its entries, multiplied by a factor.

    Entries are rounded to the nearest number of their type, which moves each by at most eps / 2 of
    itself, or half the spacing of the smallest numbers. The mean of n entries has the standard
    error s / sqrt(n). Their mean square varies by v = (k - 1) / n of itself, k the kurtosis, and
    its upper tail is that of a chi-square law: it stays below 1 + z sqrt(v) + z^2 v / 2 (Laurent
    and Massart, 2000, lemma 1).
    """
    dtype, count = values[0].dtype, sum(view.numel() for view in values)
    mean, std = initializer.mean(fans) * factor, initializer.std(fans) * factor
    found = Moments.of(values, mean)
    yield Check("finite", 1.0, found.finite, 0.0)
    rounding, spacing = _rounding(dtype)
    slack = rounding * math.hypot(std, mean) + spacing if std or mean else 0.0
    yield Check("mean", mean, found.mean, Z * std / math.sqrt(count) + slack)
    if std:
        spread = Z * math.sqrt(max(initializer.kurtosis(fans) - 1, 0.0) / count)
        yield Check("std", std, found.deviation, std * _root(spread + spread**2 / 2) + slack)
    yield from limits(initializer, fans, found, factor, dtype)


def limits(
    initializer: Initializer, fans: Fans | None, found: Moments, factor: float, dtype: torch.dtype
) -> Iterator[Check]:
    """Yield the checks of the bounds between which entries lie."""
    rounding, spacing = _rounding(dtype)
    low, high = (bound * factor for bound in initializer.bounds(fans))
    largest = max((abs(bound) for bound in (low, high) if math.isfinite(bound)), default=0.0)
    slack = rounding * largest + spacing if largest else 0.0
    if math.isfinite(low):
        yield Check("minimum", low, found.minimum, slack)
    if math.isfinite(high):
        yield Check("maximum", high, found.maximum, slack)


def orthogonality(values: Sequence[Tensor], gain: float) -> Check:
    r"""Return the largest entry of :math:`W W^T / g^2 - I`, for the smaller side of the matrix.

    Each entry sums products q_ik q_jk with relative errors of at most eps / 2 each, whose
    magnitudes add up to at most one: eps bounds what the cast leaves. Reflections in float32, and
    the product here, leave a few roundings that grow as the root of the longer side.
    """
    matrix = torch.cat([view.reshape(len(view), -1) for view in values])
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.mT
    dtype = matrix.dtype
    matrix = matrix.to(torch.float64 if dtype == torch.float64 else torch.float32) / gain
    gram = matrix @ matrix.mT
    gram.diagonal().sub_(1.0)
    rounding, spacing = _rounding(dtype)
    side = math.sqrt(matrix.shape[1])
    tolerance = 2 * (rounding + side * spacing / gain) + 4 * _DRAWN * (1 + side / 16)
    return Check("orthogonality", 0.0, float(gram.abs().max()), tolerance)


def given(declared: Tensor, values: Tensor) -> Check:
    """Hold values against given ones, entry by entry."""
    difference = values.detach().cpu().to(torch.float64) - declared
    rounding, spacing = _rounding(values.dtype)
    slack = rounding * float(declared.abs().max()) + spacing
    return Check("values", 0.0, float(difference.abs().max()), slack)


def finite(values: Tensor) -> Check:
    """Return the check that no value is infinite or NaN."""
    return Check("finite", 1.0, Moments.of([values], 0.0).finite, 0.0)


def _rounding(dtype: torch.dtype) -> tuple[float, float]:
    """Return the relative error of a value of a type, and the absolute one near zero."""
    info = torch.finfo(dtype)
    return info.eps / 2 + _DRAWN, info.smallest_normal * info.eps / 2


def _root(excess: float) -> float:
    return math.sqrt(1 + excess) - 1
