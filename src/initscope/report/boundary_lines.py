"""The depth that theory predicts to train, as a line on the map of a sweep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.comparison.axes import Value
from initscope.comparison.boundary import trainable_depth
from initscope.comparison.experiment import Setting
from initscope.report.charts_theme import Rows
from initscope.training import Start

_STEPS = 8  # points of a curve for each step of the gain
_FAR = 1e6  # in place of infinity: off the map

Line = tuple[Setting, Start]
"""What stands at one step of the axis beside depth."""


def boundary(depths: Sequence[Value], lines: Sequence[Line]) -> Rows:
    """Return where each line of a map meets its predicted depth, as a short bar.

    Args:
        depths: the values of the axis of depth.
        lines: what stands at each step of the other axis.

    Returns:
        Rows with ``depth`` and ``beside`` in steps of the axes, and ``part`` and ``step``; empty
        where theory has no word, or depths do not ascend.
    """
    if not is_ascending(depths):
        return []
    rows: Rows = []
    for index, (setting, initializer) in enumerate(lines):
        predicted = trainable_depth(setting, initializer)
        if predicted is not None:
            at = position(depths, predicted)
            rows += [
                {"depth": at, "beside": index + end, "part": index, "step": end}
                for end in (-0.5, 0.5)
            ]
    return rows


def boundary_over_gain(depths: Sequence[Value], gains: Sequence[Value], line: Line) -> Rows:
    """Return the same where the other axis is the gain: a curve through all of its values."""
    if not (is_ascending(depths) and is_ascending(gains)):
        return []
    setting, initializer = line
    logarithms = np.log([float(gain) for gain in gains])  # type: ignore[arg-type]
    rows: Rows = []
    for beside in np.linspace(-0.5, len(gains) - 0.5, _STEPS * len(gains) + 1):
        gain = math.exp(_between(np.arange(len(gains)), logarithms, float(beside)))
        predicted = trainable_depth(replace(setting, gain=gain), initializer)
        if predicted is not None:
            at = position(depths, predicted)
            rows.append({"depth": at, "beside": float(beside), "part": 0, "step": float(beside)})
    return rows


def is_ascending(values: Sequence[Value]) -> bool:
    """Say whether values are two or more numbers above 0 that grow."""
    numbers = [value for value in values if isinstance(value, int | float)]
    grows = all(a < b for a, b in pairwise(numbers))
    return len(values) > 1 and len(numbers) == len(values) and numbers[0] > 0 and grows


def position(values: Sequence[Value], wanted: float) -> float:
    """Return where a number lies on an axis of equal steps, by its logarithm.

    >>> position([2, 4, 16], 8), position([2, 4, 16], 1)
    (1.5, -1.0)
    """
    logarithms = np.log([float(value) for value in values])  # type: ignore[arg-type]
    at = math.log(min(max(wanted, 1 / _FAR), _FAR))
    return _between(logarithms, np.arange(len(values)), at)


def _between(x: NDArray[Any], y: NDArray[Any], at: float) -> float:
    """Interpolate, and go on straight beyond the ends."""
    index = int(np.clip(np.searchsorted(x, at) - 1, 0, len(x) - 2))
    slope = (y[index + 1] - y[index]) / (x[index + 1] - x[index])
    return float(y[index] + slope * (at - x[index]))
