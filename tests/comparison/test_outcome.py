"""Trained means better than chance by a binomial test at 0.01."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from initscope.comparison.outcome import correct_to_beat_chance, outcome


@given(st.integers(5, 400), st.floats(0.05, 0.9))
def test_the_boundary_is_that_of_the_exact_test(examples, share):
    """At the boundary SciPy's test rejects chance at 0.01; one answer below it does not."""
    needed = correct_to_beat_chance(examples, share)
    if needed <= examples:
        assert binomtest(needed, examples, share, alternative="greater").pvalue < 0.01 + 1e-12
    assert binomtest(needed - 1, examples, share, alternative="greater").pvalue >= 0.01 - 1e-12


@pytest.mark.parametrize(
    ("finite", "correct", "expected"),
    [(True, 50, "trained"), (True, 49, "stuck"), (False, 100, "diverged")],
)
def test_outcomes(finite, correct, expected):
    """Not finite is diverged whatever was answered; the boundary itself is trained."""
    assert outcome(finite, correct, needed=50) == expected
