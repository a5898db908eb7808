"""Statistics agree with closed forms, with other estimates and with known coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from initscope.comparison.statistics import (
    SHARE,
    mean_interval,
    median_until,
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


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=30), st.integers(1, 20))
def test_the_interval_of_a_mean_is_that_of_scipys_t(values, together):
    """Without bounds it is the t law's, at one less the tail that the family leaves each."""
    sample = np.array(values)
    error = stats.sem(sample)
    if np.ptp(sample) == 0 or error < 1e-9:
        return
    expected = stats.t.interval(1 - 0.05 / together, sample.size - 1, sample.mean(), error)
    assert mean_interval(sample, together=together) == pytest.approx(expected, rel=1e-9)


def _coverage(samples, mean):
    intervals = [mean_interval(sample) for sample in samples]
    told = [bounds for bounds in intervals if bounds]
    return sum(low <= mean <= high for low, high in told) / len(told)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 30])
def test_intervals_of_normal_values_cover_what_they_say_from_two_seeds_on(n):
    """Student's interval is exact: 95% of 2000, within 3 standard errors of sqrt(pq/2000)."""
    samples = np.random.default_rng(n).normal(3, 2, (2000, n))
    assert abs(_coverage(samples, 3) - 0.95) <= 3 * math.sqrt(0.95 * 0.05 / 2000)


@pytest.mark.parametrize(("n", "least"), [(2, 0.93), (5, 0.89), (10, 0.89), (30, 0.92)])
def test_intervals_of_accuracies_cover_as_the_decision_says(n, least):
    """Beta(18, 2), mean 0.9 and skewed to the left: the record's table less 3 standard errors."""
    samples = np.random.default_rng(n).beta(18, 2, (2000, n))
    assert _coverage(samples, 0.9) >= least - 3 * math.sqrt(least * (1 - least) / 2000)


def test_an_interval_stays_where_values_can_be():
    """An accuracy is not above 1, and a difference of two not below -1."""
    assert mean_interval(np.array([0.9, 1.0]), SHARE)[1] == 1
    assert mean_interval(np.array([0.9, 1.0]))[1] > 1
    assert mean_interval(np.array([-1, -0.5]), (-1, 1))[0] == -1
    assert restricted_mean([0, None], 10).ci95 == (0, 10)


@given(st.floats(-1e3, 1e3), st.integers(1, 50))
def test_equal_values_have_no_interval(value, count):
    """What has no spread does not tell it, however few or many there are."""
    summary = summarize([value] * count)
    assert summary.ci95 is None
    assert summary.mean == pytest.approx(value)


def test_small_samples_say_less():
    """One value has no interval; no value has no summary."""
    assert summarize([0.5]).ci95 is None
    assert summarize([0.5]).median == 0.5
    assert summarize([]) is None


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
