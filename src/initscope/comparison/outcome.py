"""Did a network train? Trained, stuck at chance, or diverged."""

from __future__ import annotations

from scipy import stats

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


def outcome(finite: bool, correct: int, needed: int) -> str:
    """Say what became of a network."""
    if not finite:
        return "diverged"
    return "trained" if correct >= needed else "stuck"
