"""Orthogonal, delta-orthogonal and sparse weights have the structure that they are named after."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from initscope import Fans, get
from initscope.initializers import reflections
from initscope.initializers.reflections import orthonormal_columns
from initscope.streams import Stream, Streams

STREAM = Stream(0, "weight")


def draw(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    return get(name).sample(shape, Fans.of(shape), STREAM).double()


@pytest.mark.parametrize("shape", [(512, 512), (1500, 700), (600, 1300), (600, 70, 3, 3)])
def test_large_orthogonal_matrices_are_orthogonal(shape):
    """The Gram matrix of the shorter side is I to half a rounding of each of n products, summed.

    Errors of random sign add up to sqrt(n) times one; ours are a fifth of that.
    """
    matrix = draw("orthogonal", shape).flatten(1)
    matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    error = (matrix @ matrix.T - torch.eye(len(matrix), dtype=torch.float64)).abs().max()
    assert error < 2**-24 * math.sqrt(matrix.shape[1])


@pytest.mark.parametrize("shape", [(300, 300), (700, 260), (2, 300, 257)])
def test_blocks_of_reflections_are_their_product_one_by_one(shape, monkeypatch):
    """The blocked product agrees with LAPACK's orgqr in float64 to float64 rounding."""
    gaussian = torch.from_numpy(STREAM.symmetric(math.prod(shape))).reshape(shape).double()
    expected = orthonormal_columns(gaussian)
    monkeypatch.setattr(reflections, "_SMALL", 0)
    torch.testing.assert_close(orthonormal_columns(gaussian), expected, rtol=0, atol=1e-13)


def test_large_orthogonal_matrices_do_not_depend_on_threads_beyond_rounding():
    """Matrix products may sum in another order on another number of threads, and do no more."""
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = draw("orthogonal", (600, 600))
        torch.set_num_threads(2)
        two = draw("orthogonal", (600, 600))
    finally:
        torch.set_num_threads(threads)
    assert (one - two).abs().max() < 2**-20


def circular_convolution(weight: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Build the matrix of a convolution over positions on a torus, entry by entry."""
    outputs, inputs, *kernel = weight.shape
    places = list(itertools.product(*map(range, sizes)))
    matrix = np.zeros((len(places), outputs, len(places), inputs))
    for row, place in enumerate(places):
        for tap in itertools.product(*map(range, kernel)):
            shifted = [
                (p + t - k // 2) % n for p, t, k, n in zip(place, tap, kernel, sizes, strict=True)
            ]
            column = places.index(tuple(shifted))
            matrix[row, :, column, :] += weight[(slice(None), slice(None), *tap)]
    return matrix.reshape(len(places) * outputs, len(places) * inputs)


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [
        ((6, 4, 3), (5,)),
        ((4, 4, 3, 3), (4, 3)),
        ((5, 2, 2, 4), (4, 4)),
        ((3, 2, 3, 3, 3), (3, 3, 3)),
    ],
)
def test_a_delta_orthogonal_convolution_has_one_singular_value(shape, sizes):
    """All singular values of the convolution's matrix equal the gain, in 1, 2 and 3 dimensions."""
    matrix = circular_convolution(draw("delta_orthogonal(gain=1.5)", shape).numpy(), sizes)
    values = np.linalg.svd(matrix, compute_uv=False)
    np.testing.assert_allclose(values, 1.5, rtol=2**-23 * 10)


def test_delta_orthogonal_columns_are_those_of_orthogonal():
    """The same reflections make both: the central tap is an orthogonal matrix of its size."""
    kernel = draw("delta_orthogonal", (8, 5, 3, 3))
    assert torch.equal(kernel[..., 1, 1], draw("orthogonal", (8, 5)))
    kernel[..., 1, 1] = 0
    assert (kernel == 0).all()


@given(st.integers(1, 30), st.integers(1, 10), st.floats(0, 0.99))
def test_sparse_columns_have_as_many_zeros_as_torchs(outputs, inputs, sparsity):
    """Each column has exactly ceil(sparsity * outputs) zeros, in torch.nn.init.sparse_ too."""
    ours = draw(f"sparse({sparsity})", (outputs, inputs))
    theirs = torch.nn.init.sparse_(torch.empty(outputs, inputs), sparsity)
    assert torch.equal((ours == 0).sum(0), (theirs == 0).sum(0))


def test_sparse_entries_are_those_of_a_normal():
    """What is not zero is what normal(std) draws with the same stream."""
    sparse, normal = draw("sparse(0.4, std=0.3)", (50, 20)), draw("normal(0.3)", (50, 20))
    assert torch.equal(sparse[sparse != 0], normal[sparse != 0])


def test_zeros_are_equally_likely_at_every_place():
    """Over 4000 draws each place of a column is zero as often as another (chi-square at 0.001)."""
    weights = get("sparse(0.25, std=1)").sample((8, 2), Fans(2, 8), Streams(range(4000), "weight"))
    counts = (weights == 0).sum(0).numpy()
    assert (counts.sum(0) == 8000).all()
    # Two of eight are drawn without replacement, which makes the counts vary 6/7 as much.
    statistic = ((counts - 1000) ** 2 / (1000 * 6 / 7)).sum()
    assert stats.chi2(14).sf(statistic) > 0.001
