"""What a loss computes is not judged as if the model had."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

import initscope
from initscope.rules import rules

LOSSES = {
    "times 1000": lambda y: 1000 * y.pow(2).mean(),
    "a sum": lambda y: ((y - 3) ** 2).sum() - 1,
    "times 1e-9": lambda y: 1e-9 * y.pow(2).mean(),
    "a hinge that is off": lambda y: torch.relu(y - 100).sum() + y.mean(),
    "flat sigmoids": lambda y: (torch.sigmoid(100 * y + 1e3) * y).mean(),
    "four terms": lambda y: sum(
        (10.0**k * functional.mse_loss(y, torch.ones_like(y)) for k in range(1, 4)), y.mean()
    ),
}


def perceptron(scale=1.0):
    """A perceptron of one hidden layer, the head times a factor."""
    model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 8))
    with torch.no_grad():
        model[2].weight.mul_(scale)
    return model


@pytest.mark.parametrize("name", LOSSES)
def test_the_scale_of_a_loss_is_no_defect(name):
    """A healthy model stays without warnings, whatever its loss computes."""
    report = initscope.check(perceptron(), torch.randn(32, 32), loss=LOSSES[name])
    assert report.at_least("warning") == ()


@pytest.mark.parametrize("name", ["times 1000", "times 1e-9"])
def test_outputs_are_judged_behind_any_loss(name):
    """An output that is too large is named at the layer that makes it."""
    report = initscope.check(perceptron(100.0), torch.randn(32, 32), loss=LOSSES[name])
    (found,) = report.at_least("warning")
    assert (found.code, found.where, found.parameters) == ("OUT002", "2", ("2.weight",))


def test_a_loss_within_the_model_is_no_output():
    """A loss that the forward pass returns has any scale; the outputs beside it have not."""

    class Trained(nn.Module):
        def __init__(self, scale) -> None:
            super().__init__()
            self.net = perceptron(scale)

        def forward(self, x):
            y = self.net(x)
            return {"loss": 1e6 * (y - 3).pow(2).sum(), "logits": y}

    x = torch.randn(32, 32)
    assert initscope.check(Trained(1.0), x).at_least("warning") == ()
    (found,) = initscope.check(Trained(100.0), x).at_least("warning")
    assert (found.code, found.where) == ("OUT002", "net.2")


def test_logits_that_a_loss_divides_are_the_models(evidence):
    """A temperature within the loss leaves the model's logits what they are."""
    labels = torch.arange(32) % 8
    loss = {"loss": lambda y: functional.cross_entropy(y / 100, labels)}
    rule = next(each for each in rules() if each.code == "OUT002")
    seen = evidence(perceptron(100.0), (torch.randn(32, 32),), loss)
    (found,) = rule.find(rule, seen)
    assert found.where == "2"


def test_terms_of_a_loss_are_no_residual_stream(evidence):
    """Losses of several depths, added up, are no path of the model's signal."""

    class Supervised(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(32, 32) for _ in range(5))

        def forward(self, x):
            outputs = []
            for layer in self.layers:
                x = torch.relu(layer(x))
                outputs.append(x)
            return outputs

    def total(outputs):
        found = outputs[0].pow(2).mean()
        for power, each in enumerate(outputs[1:]):
            found = found + 100.0**power * each.pow(2).mean()
        return found

    seen = evidence(Supervised(), (torch.randn(16, 32),), {"loss": total})
    assert [step.operation.module for step in seen.path] == [f"layers.{k}" for k in range(5)]
