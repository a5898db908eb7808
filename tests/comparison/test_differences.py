"""Differences between initializers: exact where they can be, and seldom wrong as a family."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

import initscope
from initscope import MLP, InputError, Training
from initscope.comparison.differences import differences, permutation_p
from initscope.comparison.family import Family


def test_permutation_p_is_exact_where_all_sign_flips_can_be_tried():
    """For eight pairs the p-value is the share of the 256 sign patterns that are as extreme."""
    row = np.random.default_rng(2).normal(0.5, 1, 8)
    means = [np.mean(np.multiply(signs, row)) for signs in itertools.product([1, -1], repeat=8)]
    expected = np.mean(np.abs(means) >= abs(row.mean()) - 1e-12)
    assert permutation_p(row[None], Family(2, 8, named=False))[0] == pytest.approx(expected)


@pytest.mark.parametrize("n", [5, 40])
def test_permutation_p_is_scipys(n):
    """All patterns tried, the same p; drawn ones, within 4 standard errors of 9999 draws."""
    rows = np.random.default_rng(n).normal(0.2, 1, (3, n))
    found = permutation_p(rows, Family(3, n, named=False))
    for row, p in zip(rows, found, strict=True):
        other = stats.permutation_test(
            (row,), np.mean, permutation_type="samples", n_resamples=9999, rng=1, vectorized=True
        ).pvalue
        play = 1e-9 if n == 5 else 4 * math.sqrt(2 * p * (1 - p) / 9999)
        assert p == pytest.approx(other, abs=play)


def test_ties_of_accuracies_count_as_equally_far():
    """Thirtieths do not sum exactly; their sums are still told to be equal."""
    row = np.array([1, 1, 1, 2, -3, 1]) / 30
    signs = np.array(list(itertools.product([1, -1], repeat=6)))
    expected = np.mean(np.abs(signs @ np.array([1, 1, 1, 2, -3, 1])) >= 3)
    assert permutation_p(row[None], Family(2, 6, named=True))[0] == expected


def scores(k, n, shift=0.0, seed=3):
    """Accuracies of k initializers, each better than the last by `shift`."""
    generator = np.random.default_rng(seed)
    return [generator.normal(0.5 + shift * cell, 0.1, n) for cell in range(k)]


@pytest.mark.parametrize("named", [True, False])
def test_holm_is_over_the_pairs_that_could_have_been_told(named):
    """Against the best over all six pairs, against a named one over its three: statsmodels'."""
    rows = scores(4, 30, shift=0.03)
    found = differences(rows, 3, Family(4, 30, named=named))
    pairs = [(cell, 3) for cell in range(3)]
    pairs = pairs if named else list(itertools.combinations(range(4), 2))
    p = sorted(
        float(permutation_p((rows[a] - rows[b])[None], Family(4, 30, named=named))[0])
        for a, b in pairs
    )
    assert found[3] is None
    corrected = dict(zip(p, multipletests(p, method="holm")[1], strict=True))
    for difference in found[:3]:
        assert difference.p_holm == pytest.approx(corrected[difference.p])


def test_intervals_hold_together():
    """Each is Student's at 95% of the family: a sixth of the tail where there are six pairs."""
    rows = scores(4, 12)
    row = rows[1] - rows[0]
    for named, size in ((False, 6), (True, 3)):
        found = differences(rows, 0, Family(4, 12, named=named))[1]
        expected = stats.t.interval(1 - 0.05 / size, 11, row.mean(), stats.sem(row))
        assert found.ci95 == pytest.approx(expected)


@pytest.mark.parametrize("k", [2, 4, 10])
def test_of_equal_initializers_hardly_any_differs_from_the_best(k):
    """A family of k alike has a p below 0.05 in 5% of 300 draws at most, within 3 errors."""
    generator = np.random.default_rng(k)
    family, wrong = Family(k, 12, named=False), 0
    for _ in range(300):
        rows = list(generator.normal(0, 1, (k, 12)))
        best = int(np.argmax([row.mean() for row in rows]))
        found = [each for each in differences(rows, best, family) if each]
        wrong += min(each.p_holm for each in found) < 0.05
    assert wrong / 300 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_equal_samples_do_not_differ():
    """The difference is zero with p = 1, and there is no spread to make an interval of."""
    values = np.linspace(0, 1, 20)
    found = differences([values.copy(), values], 1, Family(2, 20, named=False))[0]
    assert (found.mean, found.p, found.p_holm, found.ci95) == (0.0, 1.0, 1.0, None)


def test_nothing_to_compare_gives_nothing():
    """A single cell has no differences, and one seed no evidence."""
    assert differences([np.zeros(3)], 0, Family(1, 3, named=False)) == [None]
    assert differences([np.ones(1), np.zeros(1)], 1, Family(2, 1, named=False))[0].p == 1


@pytest.mark.parametrize("n", range(1, 16))
@pytest.mark.parametrize("cells", [2, 4, 40])
def test_the_smallest_p_is_that_of_the_greatest_difference(n, cells):
    """Where all pairs lie on one side nothing is more extreme; and enough seeds are enough."""
    family = Family(cells, n, named=False)
    p = permutation_p(np.ones((1, n)), family)[0]
    if family.exact:
        assert min(1, p * family.size) == family.smallest_p
    assert (family.smallest_p <= 0.05) == (n >= family.enough_seeds)


def test_a_reference_named_in_advance_is_kept():
    """It is what differences are taken to, is in the plain form, and the best is still told."""
    small = {"seeds": 6, "network": MLP((8,)), "training": Training(epochs=3)}
    names = ["zeros", "he_normal", "ones"]
    result = initscope.compare("iris", names, reference="kaiming_normal", **small)
    assert str(result.reference.hidden) == "he_normal"
    assert [cell.difference is None for cell in result.cells] == [False, True, False]
    told = result.to_dict()["reference"]
    assert told["initializer"] == "he_normal"
    assert (told["named"], told["tests"]) == (True, 2)
    unnamed = replace(result, reference=None)
    assert unnamed.best.initializer == result.best.initializer
    assert unnamed.to_dict()["reference"]["tests"] == 3
    sweep = initscope.compare("iris", names, sweep={"lr": [0.001, 0.01]}, reference="ones", **small)
    assert all(point.cells[2].difference is None for point in sweep.points)


def test_a_reference_that_is_not_compared_is_refused():
    """One line names what is."""
    with pytest.raises(InputError, match="unknown reference 'ones': expected one of he_normal"):
        initscope.compare("iris", ["he_normal", "zeros"], reference="ones", seeds=2)
