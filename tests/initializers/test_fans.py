"""Fans follow from the shape of a weight."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.init import _calculate_fan_in_and_fan_out

from initscope import Fans, InputError


@given(st.lists(st.integers(1, 7), min_size=2, max_size=5))
def test_fans_agree_with_torch(shape):
    """For dense and convolutional layouts torch.nn.init computes the same."""
    fans = Fans.of(shape)
    assert (fans.fan_in, fans.fan_out) == _calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_vector_has_no_fans(shape):
    """Biases and scalars are refused."""
    with pytest.raises(InputError, match="has no fans"):
        Fans.of(shape)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3, 3, 0)])
def test_an_empty_weight_has_no_fans(shape):
    """A size of zero is refused."""
    with pytest.raises(InputError, match="is empty"):
        Fans.of(shape)
