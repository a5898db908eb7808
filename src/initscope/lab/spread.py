"""How the activations of every layer are distributed: histograms of all layers on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float32]

BINS = 64
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

_SAMPLE = 4096  # values of a layer that are looked at
_TAIL = 0.001  # beyond which the axis may cut values off
_MANY_ZEROS = 0.02  # share of exact zeros that is shown apart: as a column it would hide the rest
_OWN = 3.5  # root mean squares that an axis of the layer's own shows


def of(outputs: Sequence[Tensor], ends: tuple[float, float] | None, near: float) -> dict[str, Any]:
    """Return histograms, quantiles and shares of every layer as plain data.

    Args:
        outputs: of each layer's activation, all of one shape.
        ends: the flat values of a bounded activation.
        near: how far of the way to an end a value counts as saturated.

    Returns:
        `low` and `high`, the ends of the axis that all layers share; `shared`, counts of every
        layer on it; `own`, counts on an axis of each layer's root mean square; `zeros`, the shares
        of exact zeros, which the counts leave out; `quantiles`; `saturated`, shares of values.
    """
    values = _values(outputs)
    kept = np.isfinite(values)
    values = np.where(kept, values, 0)
    zeros = ((values == 0) & kept).mean(axis=1)
    shown = kept & ~((values == 0) & (zeros > _MANY_ZEROS)[:, None])
    scale = np.sqrt((values.astype(np.float64) ** 2).mean(axis=1, keepdims=True))
    low, high = _ends(values)
    own = np.divide(values, scale, out=np.zeros_like(values), where=scale > 0)
    return {
        "low": low,
        "high": high,
        "own_end": _OWN,
        "shared": _counts(values, shown, low, high),
        "own": _counts(own, shown, -_OWN, _OWN),
        "zeros": np.where(zeros > _MANY_ZEROS, zeros, 0).tolist(),
        "quantiles": np.quantile(values, QUANTILES, axis=1).T.tolist(),
        "saturated": None if ends is None else _saturated(values, ends, near).tolist(),
    }


def _values(outputs: Sequence[Tensor]) -> Array:
    """Return evenly spaced values, a row for each layer."""
    flat = [output.detach().reshape(-1) for output in outputs]
    step = -(-flat[0].numel() // _SAMPLE)
    found: Array = torch.stack([each[::step] for each in flat]).numpy()
    return found


def _ends(values: Array) -> tuple[float, float]:
    """Return ends that hold nearly all values of the widest layer, and zero."""
    tails = np.quantile(values, [_TAIL, 1 - _TAIL], axis=1)
    low, high = float(min(tails[0].min(), 0.0)), float(max(tails[1].max(), 0.0))
    return (low, high) if high > low else (-1.0, 1.0)


def _counts(values: Array, shown: NDArray[np.bool_], low: float, high: float) -> list[list[int]]:
    places = np.floor((values - low) * (BINS / (high - low)))
    inside = shown & (places >= 0) & (places <= BINS)
    bins = np.where(inside, np.minimum(places, BINS - 1), 0).astype(np.intp)
    rows = np.arange(len(values))[:, None] * BINS
    counts = np.bincount((rows + bins)[inside], minlength=len(values) * BINS)
    found: list[list[int]] = counts.reshape(-1, BINS).tolist()
    return found


def _saturated(values: Array, ends: tuple[float, float], near: float) -> NDArray[np.float64]:
    middle, half = (ends[1] + ends[0]) / 2, (ends[1] - ends[0]) / 2
    found: NDArray[np.float64] = (np.abs(values - middle) > near * half).mean(axis=1)
    return found
