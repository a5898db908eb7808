"""From the curves of a chunk to the records that are stored."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.comparison.outcome import better_than_chance, outcome
from initscope.store import Record
from initscope.training import Finished, Split


def records(finished: Finished, split: Split) -> list[Record]:
    """Make one record a network. Where its loss is not a finite number it has no accuracy.

    Args:
        finished: a chunk that was trained.
        split: the data that it was trained on.
    """
    history = finished.history
    return [
        Record(
            cell=str(member.initialization),
            seed=member.seed,
            outcome=outcome(bool(finite), bool(better)),
            train_loss=_numbers(train_loss),
            test_loss=_numbers(test_loss),
            test_accuracy=_numbers(np.where(np.isfinite(test_loss), accuracy, np.nan)),
            gradient_norms=tuple(map(_numbers, norms)),
        )
        for member, finite, better, train_loss, test_loss, accuracy, norms in zip(
            finished.members,
            history.finite,
            better_than_chance(history, split),
            history.train_loss,
            history.test_loss,
            history.test_accuracy,
            history.gradient_norms,
            strict=True,
        )
    ]


def _numbers(curve: NDArray[np.floating[Any]]) -> tuple[float | None, ...]:
    values = curve.tolist()
    if np.isfinite(curve).all():
        return tuple(values)
    return tuple(value if math.isfinite(value) else None for value in values)
