"""Taps of convolutions, counted by torch itself: ones convolved with ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from initscope.observe import observe
from initscope.propagate.taps import taps, windows

GEOMETRIES = [
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": (3, 5), "padding": (0, 2)},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 3, "dilation": 2, "padding": 2},
    {"kernel_size": 4, "padding": "same"},
    {"kernel_size": 2, "padding": "valid", "stride": (2, 1)},
]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("layer", [nn.Conv2d, nn.ConvTranspose2d])
def test_taps_are_those_of_torch(layer, geometry):
    """Output sums and input gradients of a kernel of ones count taps, forward and backward."""
    if layer is nn.ConvTranspose2d and isinstance(geometry["padding"], str):
        geometry = {**geometry, "padding": 0}
    model = layer(1, 1, **geometry, bias=False)
    nn.init.ones_(model.weight)
    row = observe(model, torch.ones(1, 1, 9, 8)).operations[-1]
    found = taps(row, tuple(model.weight.shape[2:]))
    x = torch.ones(1, 1, 9, 8, requires_grad=True)
    out = model(x)
    out.sum().backward()
    np.testing.assert_array_equal(found.forward(np.ones((9, 8))), out[0, 0].detach())
    np.testing.assert_array_equal(found.backward(np.ones(tuple(out.shape[2:]))), x.grad[0, 0])


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        (nn.AvgPool2d(2), 4),
        (nn.MaxPool2d((4, 2)), 8),
        (nn.MaxPool2d(3, 2, 1), None),
        (nn.AvgPool2d(2, 1), None),
        (nn.AdaptiveAvgPool2d(1), 64),
        (nn.AdaptiveMaxPool2d(3), None),
    ],
)
def test_windows_that_cover_once_are_told_from_others(pooling, expected):
    """The size of a window is given where windows neither overlap nor leave positions out."""
    model = nn.Sequential(nn.Conv2d(1, 2, 1), pooling)
    row = observe(model, torch.randn(2, 1, 8, 8)).operations[-1]
    assert windows(row) == expected
