"""Trained means better than chance by a binomial test at 0.01."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_rel

from initscope import MLP, Data, Training
from initscope.comparison.outcome import better_than_chance, correct_to_beat_chance, outcome
from initscope.training import Initialization, Member, Split, vectorized
from initscope.training.history import History


@given(st.integers(5, 400), st.floats(0.05, 0.9))
def test_the_boundary_is_that_of_the_exact_test(examples, share):
    """At the boundary SciPy's test rejects chance at 0.01; one answer below it does not."""
    needed = correct_to_beat_chance(examples, share)
    if needed <= examples:
        assert binomtest(needed, examples, share, alternative="greater").pvalue < 0.01 + 1e-12
    assert binomtest(needed - 1, examples, share, alternative="greater").pvalue >= 0.01 - 1e-12


@pytest.mark.parametrize(
    ("finite", "better", "expected"),
    [(True, True, "trained"), (True, False, "stuck"), (False, True, "diverged")],
)
def test_outcomes(finite, better, expected):
    """Not finite is diverged whatever was answered."""
    assert outcome(finite, better) == expected


def test_the_boundary_itself_is_better():
    """Of 200 answers at chance one half, 117 are better and 116 are not."""
    split = Split(*(torch.zeros(1, 1),) * 2, torch.zeros(200, 1), torch.arange(200) % 2, 2)
    accuracy = np.array([[117 / 200], [116 / 200]])
    history = History(accuracy, accuracy, accuracy, np.array([True, True]), np.zeros((2, 2, 1)))
    assert better_than_chance(history, split).tolist() == [True, False]


def test_regression_is_held_against_the_mean_by_a_paired_t_test():
    """The verdict is that of SciPy's one-sided paired test on squared errors, at 0.01."""
    split = Data("diabetes", scale="standard").load()
    members = [
        Member(Initialization.parse(name), seed)
        for name in ("zeros", "he_normal", "normal(0.001)")
        for seed in (0, 1)
    ]
    history, stack = vectorized.train(split, MLP((8,)), Training(epochs=3), members)
    y = split.y_test.double().numpy()
    for index, better in enumerate(better_than_chance(history, split)):
        values = stack.member(index)
        hidden = (split.x_test @ values["hidden.0.weight"].T + values["hidden.0.bias"]).relu()
        found = (hidden @ values["head.weight"].T + values["head.bias"]).double().numpy()[:, 0]
        p = ttest_rel(y**2, (y - found) ** 2, alternative="greater").pvalue
        assert better == (p < 0.01)
