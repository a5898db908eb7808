"""Rules one by one: exact where they claim to be, refused where there is no model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from initscope.observe import observe
from initscope.propagate import depth_profile, propagate


class Calls(nn.Module):
    """A function between two linear layers."""

    def __init__(self, between, width=64):
        super().__init__()
        self.first, self.last = nn.Linear(32, width), nn.Linear(width, 8)
        self.between = between

    def forward(self, x):
        return self.last(self.between(self.first(x)))


def traced(between, seed=0, batch=64):
    torch.manual_seed(seed)
    trace = observe(Calls(between), torch.randn(batch, 32))
    return trace, propagate(trace)


def entry(trace, prediction, kind):
    (row,) = [row for row in trace.operations if row.kind == kind and row.part_of is None]
    return prediction[row.index]


def test_weights_with_a_mean_multiply_the_mean_of_their_inputs():
    """Over 60 shifted layers measured and predicted means agree to four standard errors."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 200), nn.ReLU(), nn.Linear(200, 50))
    x = torch.randn(64, 64)
    ratios, means = [], []
    for _ in range(60):
        nn.init.kaiming_normal_(model[0].weight)
        nn.init.normal_(model[2].weight, 0.02, 0.05)
        nn.init.normal_(model[2].bias, -0.5, 0.3)
        trace = observe(model, x)
        found, measured = propagate(trace)[2].forward, trace.operations[2].forward
        ratios.append(measured.second_moment / found.second_moment)
        means.append(measured.mean - found.mean)
    for values, expected in ((ratios, 1.0), (means, 0.0)):
        error = np.std(values) / math.sqrt(len(values))
        assert np.mean(values) == pytest.approx(expected, abs=4 * error)


def test_zero_weights_give_zero_and_constant_bias_passes():
    """Behind zero weights everything is the bias, exactly, and no gradient comes back."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 4)
    )
    nn.init.zeros_(model[2].weight)
    nn.init.constant_(model[2].bias, 0.7)
    trace = observe(model, torch.randn(32, 8))
    prediction = propagate(trace)
    assert prediction[2].forward.second_moment == pytest.approx(0.49, rel=1e-6)
    assert prediction[3].forward is None or prediction[3].forward.second_moment == pytest.approx(
        math.tanh(0.7) ** 2, rel=1e-5
    )
    assert prediction[1].backward.second_moment == 0
    assert trace.operations[1].backward.second_moment == 0


def test_averages_share_their_gradient_exactly():
    """Behind average pooling and a mean the gradient is what it is, with no spread but rounding."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3),
        nn.AvgPool2d(2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 4),
    )
    trace = observe(model, torch.randn(4, 3, 10, 10))
    prediction = propagate(trace)
    kinds = {row.function: row for row in trace.operations}
    conv, pool = kinds["conv2d"], kinds["avg_pool2d"]
    ratio = conv.backward.second_moment / pool.backward.second_moment
    found = prediction[conv.index].backward
    assert found.second_moment / prediction[pool.index].backward.second_moment == pytest.approx(
        ratio, rel=1e-4
    )
    assert prediction[pool.index].forward is None
    assert "positions is not recorded" in prediction[pool.index].reason


@pytest.mark.parametrize(
    ("between", "kind", "reason"),
    [
        (lambda x: x + torch.relu(x), "add", "functions of one another"),
        (lambda x: x * x.sum(), "multiply", "functions of one another"),
        (lambda x: torch.relu(torch.dropout(torch.tanh(x), 0.5, train=True)), None, "normally"),
        (lambda x: torch.softmax(x, -1), "softmax", "softmax"),
        (torch.exp, "elementwise", "no model"),
        (lambda x: x * torch.linspace(0, 1, 64), "multiply", "not recorded"),
        (functional.hardsigmoid, "activation", "not in the theory's table"),
    ],
)
def test_what_has_no_model_is_named_and_the_rest_starts_again(between, kind, reason):
    """No prediction, a reason, and a restart from the measured value behind it."""
    trace, prediction = traced(between)
    refused = [each for each in prediction if reason in each.reason]
    assert refused
    assert all(each.model is None and each.forward is None for each in refused)
    if kind:
        assert entry(trace, prediction, kind).forward is None
    last = prediction[len(prediction) - 1]
    assert last.restarted
    low, high = last.forward.interval
    assert low < trace.operations[-1].forward.second_moment < high


def test_gradients_by_two_paths_without_weights_are_not_guessed():
    """Where paths meet again with no weights between, gradients are correlated."""
    _, prediction = traced(lambda x: torch.tanh(x) + torch.sigmoid(x))
    first = prediction[0]
    assert first.backward is None
    assert "several paths" in first.backward_reason


def test_an_output_that_goes_on_is_found():
    """Without a loss, an output that feeds another has a gradient of its own, and says so."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(64, 64) for _ in range(3))

        def forward(self, x):
            hidden = self.b(torch.tanh(self.a(x)))
            return hidden, self.c(torch.tanh(hidden))

    torch.manual_seed(0)
    trace = observe(Model(), torch.randn(128, 64))
    prediction = propagate(trace)
    assert "may be an output" in prediction[2].backward_reason
    low, high = prediction[0].backward.interval
    assert low < trace.operations[0].backward.second_moment < high


def test_a_constant_network_is_refused_behind_its_first_layer():
    """Units that are all alike are no sample of a normal law."""
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh())
    for layer in (model[0], model[2]):
        nn.init.constant_(layer.weight, 0.1)
        nn.init.zeros_(layer.bias)
    prediction = propagate(observe(model, torch.randn(16, 16)))
    assert [each.forward for each in prediction] == [None] * 4
    assert "units are alike" in prediction[1].reason


def test_merged_and_missing_gradients_are_counted():
    """Coverage counts measurements with a prediction; a frozen start has no gradient to predict."""
    trace, prediction = traced(torch.relu)
    assert len(prediction) == len(trace.operations)
    # Three outputs and three gradients: the first output and the last gradient start the passes.
    assert (prediction.measured, prediction.predicted) == (6, 4)
    assert prediction.within <= prediction.predicted
    assert prediction.coverage == pytest.approx(4 / 6)
    assert sum(prediction.unpredicted.values()) == 2


def test_depth_profile_follows_the_weights():
    """The path through a residual block takes the branch, where the weights are."""

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(16, 16), nn.Linear(16, 16)

        def forward(self, x):
            return x + self.b(torch.relu(self.a(x)))

    torch.manual_seed(0)
    trace = observe(nn.Sequential(nn.Linear(8, 16), Block(), Block()), torch.randn(8, 8))
    rows = depth_profile(trace, propagate(trace))
    assert [row.depth for row in rows] == [1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert rows[-1].kind == "add"
    assert rows[0].signal == trace.operations[0].forward.second_moment
    assert all(row.predicted_signal for row in rows[1:])
    assert all(row.predicted_gradient for row in rows[:-1])
