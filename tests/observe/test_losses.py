"""Where a model's output ends and a loss begins."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from initscope.observe import observe

X = torch.randn(8, 6, generator=torch.Generator().manual_seed(1))


class Wrapped(nn.Module):
    """A perceptron whose forward pass goes on with a function of its output and itself."""

    def __init__(self, function) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4))
        self.function = function

    def forward(self, x):
        return self.function(self.net(x), self)


def split(trace):
    """Return the functions of the model and those of the loss."""
    model = [row.function for row in trace.operations if not row.in_loss]
    return model, [row.function for row in trace.operations if row.in_loss]


def test_what_the_callers_loss_runs_is_the_loss():
    """Operations of the given loss are no operations of the model."""
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4))
    trace = observe(model, X, loss=lambda y: 1000 * torch.relu(y).mean())
    assert split(trace) == (["linear", "relu", "linear"], ["relu", "mean", "mul"])


@pytest.mark.parametrize(
    ("function", "loss"),
    [
        (lambda y, _: 9 * ((y - 3) ** 2).sum() - 1, ["sub", "pow", "sum", "mul", "sub"]),
        (lambda y, _: {"loss": y.pow(2).mean(), "logits": y}, ["pow", "mean"]),
        (lambda y, _: functional.mse_loss(y.tanh(), X[:, :4]), ["mse_loss"]),
        (lambda y, _: functional.softplus(1 - y).mean(), ["rsub", "softplus", "mean"]),
        (
            lambda y, model: y.pow(2).mean() + model.net[0].weight.pow(2).sum(),
            ["pow", "mean", "add"],
        ),
    ],
    ids=["alone", "beside logits", "behind an activation", "with an activation", "a penalty"],
)
def test_a_loss_within_the_output_begins_behind_the_last_parameters(function, loss):
    """What leads to the loss alone is its own, but for an activation of the model's output."""
    model, found = split(observe(Wrapped(function), X))
    assert found == loss
    assert model[:3] == ["linear", "relu", "linear"]


def test_a_plain_output_has_no_loss():
    """Without a single number among the outputs everything is the model's."""
    assert split(observe(Wrapped(lambda y, _: 3 * y), X))[1] == []
