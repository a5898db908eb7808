"""One matrix drawn: moments, histogram and files."""

from __future__ import annotations

import math

import numpy as np
import pytest
from safetensors.numpy import load_file

from initscope import InputError, StorageError, draw


@pytest.mark.parametrize(
    ("initializer", "std"),
    [
        ("glorot_uniform", math.sqrt(2 / 150)),
        ("glorot_normal", math.sqrt(2 / 150)),
        ("he_normal", math.sqrt(2 / 100)),
        ("he_uniform", math.sqrt(2 / 100)),
        ("lecun_truncated_normal", math.sqrt(1 / 100)),
        ("normal(std=0.01)", 0.01),
    ],
)
def test_moments_lie_where_the_formula_puts_them(initializer, std):
    """Of 40 draws, 38 are expected within each interval; 30 are below 4 standard errors of that."""
    draws = [draw(initializer, 100, 50, seed=seed) for seed in range(40)]
    assert draws[0].std.formula == pytest.approx(std, rel=1e-12)
    assert sum(each.mean.is_expected for each in draws) > 30
    assert sum(each.std.is_expected for each in draws) > 30
    assert draws[0].std.expected95[0] < std < draws[0].std.expected95[1]


def test_the_interval_is_as_wide_as_the_samples_spread():
    """The standard deviation of 400 drawn stds is that of the interval, to 3 / sqrt(800)."""
    draws = [draw("he_uniform", 20, 30, seed=seed) for seed in range(400)]
    low, high = draws[0].std.expected95
    spread = np.std([each.std.drawn for each in draws])
    assert spread == pytest.approx((high - low) / 2 / 1.96, rel=3 / math.sqrt(800))


@pytest.mark.parametrize("initializer", ["orthogonal", "zeros", "constant(value=0.3)", "hadamard"])
def test_a_law_without_play_is_met_to_rounding(initializer):
    """All draws of these have the same sum of squares."""
    drawn = draw(initializer, 32, 32)
    assert drawn.std.is_expected
    assert drawn.mean.is_expected
    assert drawn.histogram.expected is None


def test_the_histogram_counts_every_value_beside_the_law():
    """Counts sum to the number of values; the law's are those of a normal distribution."""
    from scipy import stats

    drawn = draw("normal(std=1)", 100, 100, bins=12)
    found = drawn.histogram
    assert sum(found.counts) == 10_000
    assert found.expected is not None
    shares = np.diff(stats.norm.cdf(found.edges))
    assert np.allclose(np.array(found.expected) / 10_000, shares, atol=2 / 65536)
    # Poisson: within five standard deviations in every bin.
    assert np.all(np.abs(np.array(found.counts) - shares * 1e4) < 5 * np.sqrt(shares * 1e4) + 1)


def test_layouts_hold_the_same_values():
    """Keras keeps the transpose."""
    ours, theirs = draw("he_normal", 3, 2), draw("he_normal", 3, 2, layout="keras")
    assert ours.values.shape == (2, 3)
    assert (theirs.values == ours.values.T).all()


def test_files_hold_the_values(scratch):
    """NumPy and safetensors read back what was drawn, bit for bit."""
    drawn = draw("glorot_normal", 5, 4, seed=7, layout="keras")
    drawn.save("weights.npy")
    drawn.save("weights.safetensors")
    assert np.array_equal(np.load("weights.npy"), drawn.values)
    assert np.array_equal(load_file("weights.safetensors")["weight"], drawn.values)


def test_what_cannot_be_drawn_or_written_is_refused(scratch):
    """The message says what was expected."""
    with pytest.raises(InputError, match="fan_in 0: expected a whole number above 0"):
        draw("he_normal", 0, 5)
    with pytest.raises(InputError, match="expected at most 100000000"):
        draw("he_normal", 10**5, 10**5)
    with pytest.raises(InputError, match="layout 'tf': expected one of torch, keras"):
        draw("he_normal", 2, 2, layout="tf")
    with pytest.raises(InputError, match="expected weights.npy or .safetensors"):
        draw("he_normal", 2, 2).save("weights.csv")
    with pytest.raises(StorageError, match="there is no folder absent"):
        draw("he_normal", 2, 2).save("absent/weights.npy")
