"""Paths and their growth, on hand-made models with known answers."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import nn

from initscope.observe import Operation, Signal
from initscope.rules.measures import changes_with_depth, odd_layers
from initscope.rules.profile import Step, growth


def step(signal, gradient=None, *, normalized=False):
    """A stop with second moments alone."""
    row = Operation.__new__(Operation)
    return Step(row, signal, gradient, normalized)


def scaled(factors, width=8):
    """Linear layers that multiply by numbers."""
    layers = [nn.Linear(width, width, bias=False) for _ in factors]
    with torch.no_grad():
        for layer, factor in zip(layers, factors, strict=True):
            layer.weight.copy_(factor * torch.eye(width))
    return nn.Sequential(*layers)


class Residual(nn.Module):
    """An identity beside a branch."""

    def __init__(self, branch):
        super().__init__()
        self.branch = branch

    def forward(self, x):
        return x + self.branch(x)


def test_growth_is_the_geometric_mean():
    """A signal that halves at every layer has the factor one half and no spread."""
    found = growth([step(2.0**-k) for k in range(11)], "signal")
    assert found.factor == pytest.approx(0.5)
    assert found.total == pytest.approx(2.0**-10)
    assert found.layers == 10
    assert found.t < -1e6


def test_growth_counts_standard_errors():
    """The t of changes 0 and 2 in turn is their mean over their standard error."""
    logs = [0.0, 0.0, 2.0, 2.0, 4.0]
    found = growth([step(math.exp(each)) for each in logs], "signal")
    # changes 0, 2, 0, 2: mean 1, sample variance 4/3, standard error sqrt(1/3)
    assert found.t == pytest.approx(math.sqrt(3))


def test_a_gradient_is_followed_from_the_output():
    """A gradient that is smaller at the input falls, by stops in reverse order."""
    found = growth([step(1.0, 10.0**k) for k in range(4)], "gradient")
    assert found.factor == pytest.approx(0.1)
    assert (found.first, found.last) == (3, 0)


def test_a_normalization_starts_a_new_run():
    """Only the longest stretch without a normalization is followed for the signal."""
    steps = [step(1.0), step(4.0), step(1e9, normalized=True), step(2e9), step(4e9), step(8e9)]
    found = growth(steps, "signal")
    assert found.total == pytest.approx(8.0)
    assert found.first == 2


@pytest.mark.parametrize("values", [[1.0, 2.0], [0.0, 0.0, 1.0, 2.0], [1.0, math.inf, 2.0]])
def test_too_few_numbers_have_no_growth(values):
    """Two positive finite numbers are no trend."""
    assert growth([step(value) for value in values], "signal") is None


def test_a_jump_alone_is_no_geometric_change():
    """One large jump among constant layers is far, but not significant."""
    found = growth([step(1.0)] * 10 + [step(1e6)] * 10, "signal")
    assert found.total == pytest.approx(1e6)
    assert not changes_with_depth(found, falling=False)


def test_an_odd_layer_is_found_once():
    """A layer that falls alone is odd, and the next, which gives it back, is not."""
    steps = [step(1.0)] * 10 + [step(1e-3)] + [step(1.0)] * 10
    assert [index for index, _ in odd_layers(steps, falling=True)] == [10]
    assert odd_layers(steps, falling=False) == ()


def test_a_head_is_not_odd():
    """The last layer has a scale of its own."""
    assert odd_layers([step(1.0)] * 10 + [step(1e-6)], falling=True) == ()


def test_a_scattered_path_has_no_odd_layer():
    """A change within six robust spreads of the others is not odd."""
    steps = [step(10.0 ** (2 * (-1) ** k)) for k in range(20)]
    assert odd_layers(steps, falling=True) == ()


def test_a_chain_has_the_moments_of_its_factors(evidence):
    """In a chain of multiples of the identity the moments are products, forward and backward."""
    factors = [1.0, 3.0, 0.5, 2.0, 1.0]
    x = torch.ones(4, 8)
    seen = evidence(scaled(factors), (x,))
    products = torch.tensor(factors).cumprod(0)
    assert [each.signal for each in seen.path] == pytest.approx((products**2).tolist())
    gradients = [each.gradient for each in seen.path]
    ratios = [one / other for one, other in itertools.pairwise(gradients)]
    assert ratios == pytest.approx([each**2 for each in factors[1:]], rel=1e-5)


def test_a_stream_is_followed_through_additions(evidence):
    """Branches that double the stream show a factor of four at every addition."""
    model = nn.Sequential(scaled([1.0]), *(Residual(scaled([1.0])) for _ in range(5)))
    seen = evidence(model, (torch.ones(4, 8),))
    assert [each.operation.kind for each in seen.path] == ["add"] * 5
    assert [each.signal for each in seen.path] == pytest.approx([4.0**k for k in range(1, 6)])
    assert not any(each.normalized for each in seen.path)


def test_a_normalized_stream_is_known(evidence):
    """A normalization behind the addition resets the stream; one in the branch does not."""
    behind = nn.Sequential(
        scaled([1.0]), *(nn.Sequential(Residual(scaled([1.0])), nn.LayerNorm(8)) for _ in range(4))
    )
    inside = nn.Sequential(
        scaled([1.0]), *(Residual(nn.Sequential(nn.LayerNorm(8), *scaled([1.0]))) for _ in range(4))
    )
    x = torch.randn(4, 8)
    assert [each.normalized for each in evidence(behind, (x,)).path] == [False, True, True, True]
    assert not any(each.normalized for each in evidence(inside, (x,)).path)
    assert evidence(inside, (x,)).normalizes(evidence(inside, (x,)).path)


class TwoStreams(nn.Module):
    """An encoder, and a decoder that reads its end in every block."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(scaled([1.0]), *(Residual(nn.Linear(8, 8)) for _ in range(3)))
        self.enter = nn.Linear(8, 8)
        self.own, self.cross = (nn.ModuleList(nn.Linear(8, 8) for _ in range(3)) for _ in range(2))

    def forward(self, x, y):
        memory, y = self.encoder(x), self.enter(y)
        for own, cross in zip(self.own, self.cross, strict=True):
            y = y + own(y)
            y = y + cross(y * memory)
        return y


def test_an_encoder_and_a_decoder_are_two_streams(evidence):
    """A stream goes on along what branches are added to, not through what they read."""
    seen = evidence(TwoStreams(), (torch.randn(4, 8), torch.randn(4, 8)))
    assert [len(path) for path in seen.paths] == [6, 3]


def test_a_relative_gradient_does_not_see_a_scale():
    """The product of both moments stays, where a normalization takes a scale away."""
    assert step(4.0, 0.25).relative == pytest.approx(1.0)
    assert step(4.0).relative is None


def test_signals_of_batches_are_cosines_between_members(evidence):
    """Opposite inputs have the cosine minus one at every stop of a linear chain."""
    x = torch.tensor([[1.0] * 8, [-1.0] * 8])
    seen = evidence(scaled([1.0, 2.0, 1.0]), (x,))
    signals = [each.operation.forward for each in seen.path]
    assert all(isinstance(each, Signal) for each in signals)
    assert [each.cosine for each in signals] == pytest.approx([-1.0] * 3)
