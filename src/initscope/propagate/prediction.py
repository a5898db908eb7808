"""What mean-field theory expects of every operation of a trace: plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from initscope.observe import Key

_NORMAL_95 = 1.959963984540054  # quantile of the standard normal for a central 95%


@dataclass(frozen=True, slots=True)
class Backward:
    """Second moment of the gradient with respect to an operation's output, over networks.

    Attributes:
        second_moment: its mean over networks with weights of the same statistics.
        spread: variance of its logarithm.
    """

    second_moment: float
    spread: float

    @property
    def interval(self) -> tuple[float, float]:
        """Where it lies in 95% of all networks: quantiles of a log-normal law of this mean."""
        width = _NORMAL_95 * math.sqrt(self.spread)
        try:
            median = self.second_moment * math.exp(-self.spread / 2)
            return median * math.exp(-width), median * math.exp(width)
        except OverflowError:
            return 0.0, math.inf

    def holds(self, measured: float) -> bool:
        """Whether a measured value lies in the interval."""
        low, high = self.interval
        return low <= measured <= high

    def deviation(self, measured: float) -> float:
        """Return the distance of a measured value's logarithm in standard deviations.

        >>> round(Backward(2.0, 0.04).deviation(2.0 * math.exp(0.18)), 6)  # median 2 exp(-0.02)
        1.0
        """
        if self.second_moment == measured:
            return 0.0
        if not (self.second_moment > 0 and measured > 0):
            return math.inf
        distance = math.log(measured) - math.log(self.second_moment) + self.spread / 2
        return distance / math.sqrt(self.spread)


@dataclass(frozen=True, slots=True)
class Forward(Backward):
    """Second moment of an operation's output, over networks.

    Attributes:
        second_moment, spread: as in :class:`Backward`.
        mean: of the output's elements.
        cosine: between the outputs of different members of the batch; None for a batch of one.
    """

    mean: float
    cosine: float | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Prediction for one operation.

    Attributes:
        index: of the operation, in :attr:`Trace.operations`.
        key: its name.
        model: the rule that predicts its output, such as ``"linear"``; None without one.
        reason: why there is no model; empty where there is one.
        forward: what its output should show; None without a model.
        restarted: whether that follows from a producer's measured value, since the producer
            itself has no prediction.
        backward: what the gradient with respect to its output should show; None without a model.
        backward_reason: why there is none; empty where there is one.
        backward_restarted: whether that follows from a consumer's measured gradient.
    """

    index: int
    key: Key
    model: str | None
    reason: str
    forward: Forward | None
    restarted: bool
    backward: Backward | None
    backward_reason: str
    backward_restarted: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predictions for all operations of a trace, in its order.

    Attributes:
        entries: one for each operation.
        measured: how many operations have a measured output and gradient, at most two each.
        predicted: how many of these measurements have a prediction, right or wrong.
        within: how many of those lie in the interval of theirs.
    """

    entries: tuple[Entry, ...]
    measured: int
    predicted: int
    within: int

    @property
    def coverage(self) -> float:
        """Share of measurements with a prediction beside them."""
        return self.predicted / self.measured if self.measured else 0.0

    @property
    def unpredicted(self) -> dict[str, int]:
        """Number of forward and backward predictions that are missing, by reason."""
        found: dict[str, int] = {}
        for entry in self.entries:
            for reason in (entry.reason, entry.backward_reason):
                if reason:
                    found[reason] = found.get(reason, 0) + 1
        return found

    def __getitem__(self, index: int) -> Entry:
        return self.entries[index]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Any:
        return iter(self.entries)
