"""A normalization restores a signal only where its eps does not outweigh it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import initscope
from initscope.observe import observe
from initscope.rules.profile import rescales


def normalized(norm, std, *, bias=False, depth=10):
    """Linear layers of one std, each with a normalization and a ReLU behind it."""
    layers = []
    for _ in range(depth):
        layer = nn.Linear(64, 64, bias=bias)
        nn.init.normal_(layer.weight, std=std)
        layers += [layer, norm(64), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


@pytest.mark.parametrize("norm", [nn.BatchNorm1d, nn.LayerNorm])
def test_a_signal_below_eps_vanishes_through_normalizations(norm):
    """One error names the first layer and every weight; the rest follows from it."""
    (found,) = initscope.check(normalized(norm, 1e-5), torch.randn(32, 64)).findings
    assert (found.code, found.severity, found.where) == ("SIG001", "error", "0")
    assert len(found.parameters) == 11


@pytest.mark.parametrize("norm", [nn.BatchNorm1d, nn.LayerNorm])
def test_biases_do_not_hide_it(norm):
    """Where biases hold the second moment, the gradient shows that inputs are lost."""
    (found,) = initscope.check(normalized(norm, 1e-5, bias=True), torch.randn(32, 64)).findings
    assert (found.code, found.severity, found.where) == ("GRD001", "error", "0")


@pytest.mark.parametrize("norm", [nn.BatchNorm1d, nn.LayerNorm])
@pytest.mark.parametrize("std", [0.01, 0.1, 10.0])
def test_a_scale_that_normalizations_restore_is_silent(norm, std):
    """Above eps the weights' scale is no matter."""
    model = normalized(norm, std, depth=8)
    assert initscope.check(model, torch.randn(32, 64)).at_least("warning") == ()


@pytest.mark.parametrize(
    ("norm", "eps"),
    [
        (nn.LayerNorm(64, eps=1e-5), 1e-5),
        (nn.LayerNorm(64, eps=1e-12), 1e-12),
        (nn.RMSNorm(64, eps=1e-6), 1e-6),
        (nn.RMSNorm(64), 2.0**-23),
        (nn.BatchNorm1d(64), 1e-5),
        (nn.GroupNorm(4, 64), 1e-5),
    ],
    ids=str,
)
@pytest.mark.parametrize(("factor", "restored"), [(0.1, False), (10.0, True)])
def test_eps_is_what_the_variance_is_held_against(norm, eps, factor, restored):
    """Variances ten times below and above eps lie on its two sides."""
    x = torch.randn(256, 64) * (factor * eps) ** 0.5
    trace = observe(nn.Sequential(nn.Identity(), _Scaled(), norm), x)
    (row,) = (row for row in trace.operations if row.kind == "normalization")
    assert rescales(trace, row) is restored


class _Scaled(nn.Module):
    """One times x: an operation whose output was measured, as inputs are not."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.one * x


def test_a_head_with_a_bias_does_not_hide_a_collapse():
    """Tiny weights vanish the signal, though the head's bias gives an output of its own."""
    layers = []
    for _ in range(10):
        layer = nn.Linear(64, 64, bias=False)
        nn.init.normal_(layer.weight, std=1e-3)
        layers += [layer, nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(64, 10))
    (found,) = initscope.check(model, torch.randn(32, 64), select=["SIG001"]).findings
    assert found.severity == "error"
