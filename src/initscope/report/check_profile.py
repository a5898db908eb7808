"""The depth profile of a check: what was measured at every stop of the main path, and predicted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from initscope.checking import CheckReport
from initscope.rules.profile import Step

if TYPE_CHECKING:
    from initscope.propagate.prediction import Backward

Quantity = Literal["signal", "gradient"]


@dataclass(frozen=True, slots=True)
class Band:
    """A predicted second moment, and where it lies in 95% of all networks of these sizes."""

    second_moment: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on the main path.

    Attributes:
        layer: its number, from 1.
        name: path of the module, or the function.
        kind: what the operation is.
        signal, gradient: measured second moments; None where there is none.
        predicted_signal, predicted_gradient: what theory expects; None without a model.
    """

    layer: int
    name: str
    kind: str
    signal: float
    gradient: float | None
    predicted_signal: Band | None
    predicted_gradient: Band | None

    def measured(self, quantity: Quantity) -> float | None:
        """Return a measured second moment."""
        return self.signal if quantity == "signal" else self.gradient

    def predicted(self, quantity: Quantity) -> Band | None:
        """Return a predicted second moment."""
        return self.predicted_signal if quantity == "signal" else self.predicted_gradient


def profile(report: CheckReport) -> tuple[Stop, ...]:
    """Return the stops of the main path, from the input to the output."""
    return tuple(_stop(number, step, report) for number, step in enumerate(report.layers, start=1))


def drawable(value: float | None) -> bool:
    """Whether a logarithmic scale can show a value.

    >>> [drawable(value) for value in (1e-9, 0.0, float("inf"), None)]
    [True, False, False, False]
    """
    return value is not None and 0 < value < math.inf


def _stop(number: int, step: Step, report: CheckReport) -> Stop:
    row = step.operation
    prediction = report.evidence.prediction
    entry: Any = prediction[row.index] if prediction is not None else None
    return Stop(
        number,
        row.module or row.function,
        row.kind,
        step.signal,
        step.gradient,
        _band(entry.forward, 1.0) if entry else None,
        _band(entry.backward, _scale(step)) if entry else None,
    )


def _scale(step: Step) -> float:
    """Return the factor between a step's gradient and the second moment that theory speaks of."""
    backward = step.operation.backward
    if step.gradient is None or backward is None or not backward.second_moment:
        return 1.0
    return step.gradient / backward.second_moment


def _band(predicted: Backward | None, scale: float) -> Band | None:
    if predicted is None:
        return None
    low, high = predicted.interval
    return Band(predicted.second_moment * scale, low * scale, high * scale)
