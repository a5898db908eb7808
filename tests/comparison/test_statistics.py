"""Statistics agree with closed forms, exact enumeration and known coverage."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from initscope.comparison.statistics import (
    mean_interval,
    median_until,
    paired_differences,
    permutation_p,
    rate,
    restricted_mean,
    summarize,
)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_is_its_formula(count_and_total):
    """(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z the normal quantile at 0.975."""
    count, n = count_and_total
    p, z = count / n, 1.959963984540054
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    found = rate(count, n)
    assert found.rate == p
    assert found.ci95 == pytest.approx((centre - half, centre + half), abs=1e-9)


def test_bootstrap_interval_of_a_normal_sample_is_students():
    """For 200 normal values BCa agrees with t within a twentieth of the interval's length."""
    sample = np.random.default_rng(0).normal(3, 2, 200)
    half = 1.9719565 * sample.std(ddof=1) / math.sqrt(200)  # t quantile at 0.975, 199 degrees
    low, high = mean_interval(sample)
    assert low == pytest.approx(sample.mean() - half, abs=half / 10)
    assert high == pytest.approx(sample.mean() + half, abs=half / 10)


def test_bootstrap_interval_covers_the_mean_as_often_as_it_says():
    """Of 200 samples of 40 exponentials, 95% intervals cover the mean 95% of the time, within 3 se.

    The standard error of the coverage is sqrt(0.95 * 0.05 / 200) = 1.5%; BCa on 40 skewed values
    is known to cover a little less (about 93%), which the lower side allows for.
    """
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        low, high = mean_interval(generator.exponential(1, 40))
        covered += low <= 1 <= high
    assert 0.88 <= covered / 200 <= 0.995


@given(st.floats(-1e3, 1e3), st.integers(2, 50))
def test_equal_values_have_an_interval_of_no_length_at_their_mean(value, count):
    """No spread, no uncertainty; and the mean lies inside to the last bit."""
    summary = summarize([value] * count)
    assert summary.ci95 == (summary.mean, summary.mean)
    assert summary.mean == pytest.approx(value)


def test_small_samples_say_less():
    """One value has no interval; no value has no summary."""
    assert summarize([0.5]).ci95 is None
    assert summarize([0.5]).median == 0.5
    assert summarize([]) is None


def test_permutation_p_is_exact_where_all_sign_flips_can_be_tried():
    """For eight pairs the p-value is the share of the 256 sign patterns that are as extreme."""
    generator = np.random.default_rng(2)
    x, y = generator.normal(0.5, 1, 8), generator.normal(0, 1, 8)
    d = x - y
    means = [np.mean(np.multiply(signs, d)) for signs in itertools.product([1, -1], repeat=8)]
    expected = np.mean(np.abs(means) >= abs(d.mean()) - 1e-12)
    assert paired_differences([x], y)[0].p == pytest.approx(expected)


def test_holm_multiplies_the_smallest_p_most():
    """Step-down: sorted p-values times m, m-1, ..., made monotone and cut at one."""
    generator = np.random.default_rng(3)
    reference = generator.normal(0, 1, 30)
    scores = [reference + generator.normal(shift, 1, 30) for shift in (0.0, 0.25, 0.5, 1.0)]
    found = paired_differences(scores, reference)
    p = np.array([difference.p for difference in found])
    order = np.argsort(p)
    expected = np.empty(4)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (4 - rank) * p[index]))
        expected[index] = running
    assert [difference.p_holm for difference in found] == pytest.approx(expected)


def test_under_the_null_small_p_values_are_rare():
    """Of 200 comparisons of equal laws, p < 0.05 happens in 5%, within 3 standard errors."""
    generator = np.random.default_rng(4)
    small = 0
    for _ in range(200):
        small += permutation_p(generator.normal(size=25)) < 0.05
    assert small / 200 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)


def test_equal_samples_do_not_differ():
    """The difference is zero, with p = 1."""
    values = np.linspace(0, 1, 20)
    found = paired_differences([values.copy()], values)[0]
    assert (found.mean, found.p, found.p_holm, found.ci95) == (0.0, 1.0, 1.0, (0.0, 0.0))


def test_nothing_to_compare_gives_nothing():
    """A single cell has no differences."""
    assert paired_differences([], np.zeros(3)) == []


@pytest.mark.parametrize(
    ("epochs", "median"),
    [
        ([3, 5, 4], 4),
        ([3, 4], 3.5),
        ([3, None, 5], 5),
        ([3, None], None),
        ([None], None),
        ([2, 3, None, None], None),
        ([0, 0, None], 0),
    ],
)
def test_networks_that_never_arrive_are_later_than_any(epochs, median):
    """Censored networks are kept, and the median is only told where it is known."""
    assert median_until(epochs) == median


@given(st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=2, max_size=40))
def test_epochs_to_a_threshold_are_those_of_kaplan_and_meier(epochs):
    """Median and restricted mean are those of statsmodels' estimate of the survival curve."""
    horizon = 10
    times = [horizon if epoch is None else epoch for epoch in epochs]
    reached = [epoch is not None for epoch in epochs]
    curve = SurvfuncRight(np.array(times) + 1, np.array(reached, dtype=int))  # times from 1
    steps = dict(zip(curve.surv_times, curve.surv_prob, strict=True))
    alive, area = 1.0, 0.0
    for time in range(1, horizon + 1):
        alive = steps.get(time, alive)
        area += alive
    assert restricted_mean(epochs, horizon).mean == pytest.approx(area)
    below = [time - 1 for time, share in steps.items() if share <= 0.5 + 1e-12]
    median = median_until(epochs)
    if median is None or not below:
        assert sum(epoch is None for epoch in epochs) * 2 >= len(epochs)
    elif min(abs(share - 0.5) for share in steps.values()) > 1e-9:
        assert median == min(below)
