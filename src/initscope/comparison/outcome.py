"""Did a network train? Trained, stuck at chance, or diverged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from initscope.training import Split
from initscope.training.history import History

LEVEL = 0.01
"""Level of the test against chance: the share of chance-level networks that pass as trained."""


def correct_to_beat_chance(examples: int, majority_share: float) -> int:
    """Return the least number of correct answers that is better than chance.

    Chance is always answering the most frequent class of the test data. A network that answers k
    of n examples correctly is better when the one-sided binomial test rejects, at the level 0.01,
    that its accuracy is at most the share of that class.

    >>> correct_to_beat_chance(examples=200, majority_share=0.5)
    117
    """
    return int(stats.binom.isf(LEVEL, examples, majority_share)) + 1


def better_than_chance(history: History, split: Split) -> NDArray[np.bool_]:
    """Say for each network whether its answers are better than what needs no network.

    For regression that is the mean of the training target. The network is better when a one-sided
    paired t-test over the test examples rejects, at the level 0.01, that its squared error is at
    least that of the mean.
    """
    examples = len(split.y_test)
    if history.gain_t is not None:
        return np.asarray(stats.t.sf(history.gain_t, examples - 1) < LEVEL)
    correct = np.round(history.test_accuracy[:, -1] * examples)
    return np.asarray(correct >= correct_to_beat_chance(examples, split.majority_share))


def outcome(finite: bool, better: bool) -> str:
    """Say what became of a network."""
    if not finite:
        return "diverged"
    return "trained" if better else "stuck"
