"""Products are those of float32, whichever library makes them."""

from __future__ import annotations

import pytest
import torch

from initscope import MLP, Data, Training
from initscope.training import Initialization, Member, vectorized
from initscope.training.products import MKL, ONEDNN, full_precision, library_for, use

SIZES = [(32, 64, 64), (24, 64, 64), (7, 20, 64), (32, 64, 10), (30, 256, 256), (1, 17, 300)]


@pytest.mark.parametrize(("rows", "inputs", "outputs"), SIZES)
def test_the_chosen_library_rounds_as_float32_does(rows, inputs, outputs):
    """The error of every product is within that of a float32 sum; bfloat16's is a hundred times it.

    A sum of n float32 products is off by at most n 2^-24 of the sum of their sizes.
    """
    generator = torch.Generator().manual_seed(1)
    left = torch.randn(3, rows, inputs, generator=generator)
    right = torch.randn(3, outputs, inputs, generator=generator).mT
    with full_precision():
        use(library_for(rows, inputs, outputs))
        found = torch.bmm(left, right)
    exact = torch.bmm(left.double(), right.double())
    sizes = torch.bmm(left.abs().double(), right.abs().double())
    assert ((found - exact).abs() <= inputs * 2.0**-24 * sizes).all()
    coarse = torch.bmm(left.bfloat16().double(), right.bfloat16().double())
    assert ((coarse - exact).abs() > inputs * 2.0**-24 * sizes).any()


def test_narrow_products_stay_with_mkl():
    """Where a side is short, oneDNN would be slower."""
    assert library_for(32, 4, 64) == library_for(32, 64, 3) == MKL


@pytest.mark.parametrize("setting", [MKL, ONEDNN, "none"])
def test_the_callers_precision_is_neither_used_nor_changed(setting):
    """A program that allows bfloat16 gets float32 training all the same, and keeps its setting."""
    split = Data("wine", scale="standard").load()
    members = [Member(Initialization.parse("he_normal"), 0)]
    expected = vectorized.train(split, MLP(), Training(epochs=2), members)[1].flat
    before = torch.backends.mkldnn.matmul.fp32_precision
    try:
        torch.backends.mkldnn.matmul.fp32_precision = setting
        found = vectorized.train(split, MLP(), Training(epochs=2), members)[1].flat
        assert torch.backends.mkldnn.matmul.fp32_precision == setting
        with pytest.raises(ZeroDivisionError), full_precision():
            raise ZeroDivisionError
        assert torch.backends.mkldnn.matmul.fp32_precision == setting
    finally:
        torch.backends.mkldnn.matmul.fp32_precision = before
    assert torch.equal(found, expected)
