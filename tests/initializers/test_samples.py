"""Samples follow their law: moments, bounds and whole distributions."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from initscope import Fans, InputError, get
from initscope.initializers.distributions import truncated_std
from initscope.streams import Stream, Streams

SHAPE = (500, 400)
FANS = Fans.of(SHAPE)


def draw(name: str, shape=SHAPE, seed: int = 0) -> np.ndarray:
    return get(name).sample(shape, Fans.of(shape), Stream(seed, "weight")).double().numpy()


def logarithm(low: float, high: float):
    """The law of log u, u uniform: an exponential that is cut, counted down from log(high)."""

    class Logarithm(stats.rv_continuous):
        def _cdf(self, t):
            return (np.exp(t) - low) / (high - low)

        def _pdf(self, t):
            return np.exp(t) / (high - low)

    return Logarithm(a=np.log(low), b=np.log(high))()


LAWS = {
    "normal(0.3)": stats.norm(0, 0.3),
    "uniform(-1, 3)": stats.uniform(-1, 4),
    "random_uniform": stats.uniform(-0.05, 0.1),
    "truncated_normal(0.7)": stats.truncnorm(-2, 2, scale=0.7 / stats.truncnorm(-2, 2).std()),
    "truncated_normal(1, bound=0.5)": stats.truncnorm(
        -0.5, 0.5, scale=1 / stats.truncnorm(-0.5, 0.5).std()
    ),
    "he_normal": stats.norm(0, np.sqrt(2 / 400)),
    "he_uniform": stats.uniform(-np.sqrt(6 / 400), 2 * np.sqrt(6 / 400)),
    "glorot_normal": stats.norm(0, np.sqrt(2 / 900)),
    "torch_default": stats.uniform(-1 / np.sqrt(400), 2 / np.sqrt(400)),
    "gpt2": stats.norm(0, 0.02),
    "siren(omega=5)": stats.uniform(-np.sqrt(6 / 400) / 5, 2 * np.sqrt(6 / 400) / 5),
    "siren(first=true)": stats.uniform(-1 / 400, 2 / 400),
    "log_uniform(1, 99)": logarithm(1, 99),
    "lecun_truncated_normal": stats.truncnorm(
        -2, 2, scale=np.sqrt(1 / 400) / stats.truncnorm(-2, 2).std()
    ),
}


@pytest.mark.parametrize(("name", "law"), LAWS.items())
def test_the_whole_distribution_is_the_declared_one(name, law):
    """Kolmogorov-Smirnov against SciPy's law finds no deviation at 0.001 (fixed seed)."""
    values = draw(name).ravel()
    assert stats.kstest(values, law.cdf).pvalue > 0.001
    assert values.min() >= law.ppf(0) - 1e-6
    assert values.max() <= law.ppf(1) + 1e-6


@pytest.mark.parametrize(("name", "law"), LAWS.items())
def test_moments_are_the_declared_ones(name, law):
    """Mean and standard deviation lie within 4.5 standard errors of the law's.

    The standard error of a sample's standard deviation is s sqrt((k - 1) / 4n), k the kurtosis.
    """
    values, n = draw(name).ravel(), SHAPE[0] * SHAPE[1]
    declared = get(name).std(FANS)
    kurtosis = float(law.stats("k")) + 3
    assert declared == pytest.approx(float(law.std()), rel=1e-9)
    assert abs(values.mean() - float(law.mean())) < 4.5 * declared / np.sqrt(n)
    assert abs(values.std() - declared) < 4.5 * declared * np.sqrt((kurtosis - 1) / (4 * n))


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        ("he_normal", torch.nn.init.kaiming_normal_),
        ("he_uniform", torch.nn.init.kaiming_uniform_),
        ("glorot_normal", torch.nn.init.xavier_normal_),
        ("glorot_uniform", torch.nn.init.xavier_uniform_),
        ("truncated_normal(0.8796256610342398)", torch.nn.init.trunc_normal_),
        ("torch_default", partial(torch.nn.init.kaiming_uniform_, a=5**0.5)),
    ],
)
def test_torch_draws_from_the_same_distribution(name, peer):
    """A two-sample Kolmogorov-Smirnov test does not tell ours from torch's at 0.001."""
    theirs = peer(torch.empty(SHAPE), generator=torch.Generator().manual_seed(0))
    assert stats.ks_2samp(draw(name).ravel(), theirs.double().numpy().ravel()).pvalue > 0.001


@given(st.floats(0.01, 30))
def test_the_correction_of_a_truncated_normal_is_scipys(bound):
    """The closed form agrees with SciPy's truncated normal at any bound."""
    # Below 1 both lose digits to cancellation: the variance is 1 minus nearly 1.
    tolerance = 1e-9 / min(bound, 1) ** 2
    expected = stats.truncnorm(-bound, bound).std()
    assert truncated_std(bound) == pytest.approx(expected, rel=max(tolerance, 1e-9))


def test_constants_fill_every_entry():
    """zeros, ones and constant are what they say."""
    assert (draw("zeros") == 0).all()
    assert (draw("ones") == 1).all()
    assert (draw("constant(-0.5)") == -0.5).all()


@given(st.integers(1, 6), st.integers(1, 6))
def test_identity_is_cut_or_padded(rows, columns):
    """A rectangle gets ones on its diagonal."""
    assert (draw("identity(gain=3)", (rows, columns)) == 3 * np.eye(rows, columns)).all()


def test_identity_refuses_kernels():
    """A convolution has no identity matrix here; the error names the shape."""
    with pytest.raises(InputError, match=r"shape \(3, 3, 2\)"):
        get("identity").sample((3, 3, 2), Fans(6, 6), Stream(0, "weight"))


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3))
def test_orthogonal_has_orthonormal_rows_or_columns(rows, columns, kernel):
    """The Gram matrix of the shorter side is gain^2 I, to float32 rounding of sums of n terms."""
    matrix = draw("orthogonal(gain=2)", (rows, columns, kernel)).reshape(rows, -1)
    matrix = matrix if rows <= columns * kernel else matrix.T
    error = np.abs(matrix @ matrix.T / 4 - np.eye(len(matrix))).max()
    assert error < 2**-23 * (10 + max(matrix.shape))


def test_orthogonal_matrices_are_uniform():
    """Traces, determinants and entries of 4000 draws are those of the Haar measure.

    The trace of a Haar matrix has mean 0 and variance 1, half of the determinants are 1, and the
    square of an entry of an n x n matrix is Beta(1/2, (n - 1)/2). Without the correction of signs
    the first entry is never positive.
    """
    n, count = 5, 4000
    source = Streams(range(count), "weight")
    matrices = get("orthogonal").sample((n, n), Fans(n, n), source).double().numpy()
    traces = np.trace(matrices, axis1=1, axis2=2)
    assert abs(traces.mean()) < 4.5 / np.sqrt(count)
    assert abs(traces.var() - 1) < 4.5 * np.sqrt(2 / count)
    positive = (np.linalg.det(matrices) > 0).sum()
    assert stats.binomtest(int(positive), count).pvalue > 0.001
    law = stats.beta(0.5, (n - 1) / 2)
    for row in range(n):
        for column in range(n):
            entry = matrices[:, row, column]
            assert stats.kstest(entry**2, law.cdf).pvalue > 1e-4
            assert stats.binomtest(int((entry > 0).sum()), count).pvalue > 1e-4


@pytest.mark.parametrize(
    "name", ["he_normal", "glorot_uniform", "truncated_normal(0.02)", "uniform(-1, 3)"]
)
def test_every_law_is_a_monotone_function_of_the_same_stream(name):
    """Random numbers are common to all: the largest weight stays the largest under any law."""
    order = np.argsort(Stream(0, "weight").symmetric(SHAPE[0] * SHAPE[1]))
    assert (np.diff(draw(name).ravel()[order]) >= 0).all()


def test_a_batch_is_its_members_one_by_one():
    """Sampling for many seeds at once gives what each seed gives alone."""
    for name in ("he_normal", "orthogonal", "truncated_normal(1)", "identity", "ones"):
        together = get(name).sample((6, 4), Fans(4, 6), Streams([4, 7], "weight"))
        for row, seed in zip(together, (4, 7), strict=True):
            alone = get(name).sample((6, 4), Fans(4, 6), Stream(seed, "weight"))
            # LAPACK may round a batch of reflections differently; element-wise laws are equal.
            exact = name != "orthogonal"
            assert torch.equal(row, alone) if exact else torch.allclose(row, alone, atol=1e-6)


@pytest.mark.parametrize("name", ["he_normal", "truncated_normal(0.5)", "glorot_uniform"])
def test_values_do_not_depend_on_the_number_of_threads(name):
    """One thread and two give the same bits."""
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = draw(name, (700, 700))
        torch.set_num_threads(2)
        assert (draw(name, (700, 700)) == one).all()
    finally:
        torch.set_num_threads(threads)


def test_golden_samples():
    """The first weights of a few initializers are the same for ever, to float32 rounding."""
    golden = {
        "he_normal": [0.0445771925, 0.723987818, -0.888045013, 0.842718124],
        "glorot_uniform": [0.0465379022, 0.642616332, -0.732177854, 0.709783494],
        "truncated_normal(0.02)": [0.00136807538, 0.0218084194, -0.0264256131, 0.0251732059],
        "orthogonal": [0.0526636839, 0.995589793, -0.0755586177, 0.0178462844],
    }
    for name, expected in golden.items():
        np.testing.assert_allclose(draw(name, (3, 4)).ravel()[:4], expected, rtol=1e-6)
