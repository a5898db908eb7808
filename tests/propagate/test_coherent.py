"""Residual branches that end in an activation: gradients gather along the mean of the units."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from initscope.observe import observe
from initscope.propagate import propagate
from initscope.propagate.coherent import answer
from initscope.propagate.roots import Roots
from initscope.propagate.signals import Signals

WIDTH = 64


class Residual(nn.Module):
    """A scaled branch beside its stream."""

    def __init__(self, inner, scale):
        super().__init__()
        self.inner, self.scale = inner, scale

    def forward(self, x):
        return x + self.scale * self.inner(x)


def stream(activation, depth, *, scale=1.0, he=False, ends=()):
    def linear(fan_in, fan_out):
        layer = nn.Linear(fan_in, fan_out)
        if he:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        return layer

    blocks = [
        Residual(nn.Sequential(linear(WIDTH, WIDTH), activation(), *(end() for end in ends)), scale)
        for _ in range(depth - 1)
    ]
    return nn.Sequential(linear(WIDTH, WIDTH), activation(), *blocks, linear(WIDTH, 10))


def watched(model, seed=0):
    torch.manual_seed(seed)
    trace = observe(model(), torch.randn(32, WIDTH))
    return trace, propagate(trace)


def deviations(trace, prediction, side):
    return [
        getattr(entry, side).deviation(getattr(row, side).second_moment)
        for row, entry in zip(trace.operations, prediction, strict=True)
        if getattr(entry, side) is not None and getattr(row, side) is not None
    ]


@pytest.mark.parametrize("activation", [nn.ReLU, nn.GELU, nn.Tanh])
@pytest.mark.parametrize("he", [False, True])
@pytest.mark.parametrize(("depth", "scale"), [(30, 1.0), (30, 30**-0.5), (60, 1.0)])
def test_what_is_predicted_holds_at_any_depth(activation, he, depth, scale):
    """No signal or gradient with a prediction lies four standard deviations from it.

    The layers of a network fluctuate together: of a hundred such numbers, one is beyond 2.6.
    """
    found = watched(lambda: stream(activation, depth, scale=scale, he=he))
    for side in ("forward", "backward"):
        assert max(map(abs, deviations(*found, side))) < 4


def test_a_deep_stream_of_relus_is_refused_and_says_why():
    """A hundred blocks gain eleven orders beyond independent units: no number is given."""
    trace, prediction = watched(lambda: stream(nn.ReLU, 100))
    assert prediction[1].backward is None
    assert "mean of its units" in prediction[1].backward_reason
    measured = [
        entry.backward
        for row, entry in zip(trace.operations, prediction, strict=True)
        if row.part_of is None
    ]
    assert all(measured[-12:-1])
    assert trace.operations[1].backward.second_moment > 1e6


@pytest.mark.parametrize(
    "build",
    [
        lambda: stream(nn.Tanh, 40),
        lambda: stream(nn.Identity, 40),
        lambda: stream(nn.ReLU, 40, ends=[lambda: nn.Linear(WIDTH, WIDTH)]),
        lambda: stream(nn.ReLU, 20, scale=20**-0.5),
    ],
    ids=["odd", "linear", "ends in weights", "scaled"],
)
def test_other_branches_keep_their_predictions(build):
    """An odd activation, weights at the end of a branch, and a small scale gather nothing."""
    _, prediction = watched(build)
    assert not [reason for reason in prediction.unpredicted if "mean of its units" in reason]


def test_the_answer_of_a_relu_stream_is_its_growth_beyond_independent_units():
    """For x + relu(W x) the second moment gains 2 E[x] E[f] / q besides E[f^2] / q.

    2 t = 2 m E[f(sigma z)(z^2 - 1)] / q, and for a ReLU E[f (z^2 - 1)] = E[f] = sigma / sqrt(2 pi);
    sigma is measured over 64 units and 32 inputs: one in 2048 numbers, alike within a unit, 15%.
    """
    trace, _ = watched(lambda: stream(nn.ReLU, 5, he=True))
    roots = Roots(trace)
    signals = Signals(trace, roots)
    signals.run(trace.operations)
    rows = trace.operations
    first = next(row for row in rows if row.kind == "add")
    before, ends = rows[first.producers[0]], rows[first.producers[1]]
    got = answer(trace, roots, signals, before)
    expected = 2 * before.forward.mean * ends.forward.mean / before.forward.second_moment
    assert got == pytest.approx(expected, rel=0.15)
    assert answer(trace, roots, signals, rows[-2]) == 0.0
    sigma = math.sqrt(rows[ends.producers[0]].forward.second_moment)
    assert ends.forward.mean == pytest.approx(sigma / math.sqrt(2 * math.pi), rel=0.15)
