"""Statistics of several batches as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from initscope.observe.measured import Array, Gradient, ParameterGradient, Signal


def merge_signals(rows: list[Signal]) -> Signal:
    """Merge the statistics of several batches: moments are averaged, extremes united."""
    first = rows[0]
    share = _weights([row.elements for row in rows])
    same = all(row.units == first.units for row in rows)
    cosines = [row.cosine for row in rows if row.cosine is not None]
    norms = [row.squared_norm for row in rows if row.squared_norm is not None]
    return replace(
        first,
        elements=sum(row.elements for row in rows),
        mean=float(share @ [row.mean for row in rows]),
        second_moment=float(share @ [row.second_moment for row in rows]),
        minimum=min(row.minimum for row in rows),
        maximum=max(row.maximum for row in rows),
        nonfinite=float(share @ [row.nonfinite for row in rows]),
        unit_minimum=_united([row.unit_minimum for row in rows], np.minimum) if same else None,
        unit_maximum=_united([row.unit_maximum for row in rows], np.maximum) if same else None,
        cosine=float(np.mean(cosines)) if cosines else None,
        squared_norm=float(np.mean(norms)) if norms else None,
        steps=_mean([row.steps for row in rows]),
    )


def merge_gradients(rows: list[Gradient]) -> Gradient:
    """Merge the gradients of several batches."""
    first = rows[0]
    share = _weights([row.elements for row in rows])
    same = all(row.units == first.units for row in rows)
    return replace(
        first,
        elements=sum(row.elements for row in rows),
        second_moment=float(share @ [row.second_moment for row in rows]),
        maximum=max(row.maximum for row in rows),
        nonfinite=float(share @ [row.nonfinite for row in rows]),
        unit_maximum=_united([row.unit_maximum for row in rows], np.maximum) if same else None,
        steps=_mean([row.steps for row in rows]),
    )


def merge_parameter_gradients(rows: list[ParameterGradient]) -> ParameterGradient:
    """Merge a parameter's gradients over several batches."""
    return replace(
        rows[0],
        second_moment=float(np.mean([row.second_moment for row in rows])),
        maximum=max(row.maximum for row in rows),
        nonfinite=float(np.mean([row.nonfinite for row in rows])),
        row_sketch=_united([row.row_sketch for row in rows], np.add),
    )


def _weights(counts: list[int]) -> np.ndarray:
    return np.array(counts) / sum(counts)


def _united(arrays: list[Array | None], by: np.ufunc) -> Array | None:
    present = [each for each in arrays if each is not None]
    return by.reduce(present) if len(present) == len(arrays) else None


def _mean(arrays: list[Array | None]) -> Array | None:
    present = [each for each in arrays if each is not None]
    if not present or any(each.shape != present[0].shape for each in present):
        return None
    mean: Array = np.mean(present, axis=0)
    return mean
