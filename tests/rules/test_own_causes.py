"""A defect by a layer's own values stays a finding beside other defects; places and parameters."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import initscope


class Block(nn.Module):
    """x plus two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(64, 64), nn.Linear(64, 64)

    def forward(self, x):
        return x + self.b(torch.relu(self.a(x)))


def two_blocks(*, bias):
    """Ten residual blocks, one with a weight of zeros, another one turned off by its bias."""
    model = nn.Sequential(*(Block() for _ in range(10)), nn.Linear(64, 8))
    with torch.no_grad():
        model[3].a.weight.zero_()
        model[6].a.bias.fill_(-10.0)
        if not bias:
            model[3].a.bias.zero_()
    return model


def test_a_dead_layer_is_a_finding_beside_zeros_elsewhere():
    """Zeros in one branch do not explain units that another branch's bias turns off."""
    report = initscope.check(two_blocks(bias=False), torch.randn(32, 64))
    zeros, dead = report.findings
    assert (zeros.code, zeros.where) == ("PAR001", "3.a.weight")
    assert "UNI002 3" in zeros.also
    assert (dead.code, dead.where, dead.severity) == ("UNI002", "6", "error")
    assert dead.parameters == ("6.a.weight", "6.a.bias")


def test_two_kinds_of_dead_layers_are_two_findings():
    """Units off by a constant weight, and by a bias, have their own findings and parameters."""
    report = initscope.check(two_blocks(bias=True), torch.randn(32, 64), select=["UNI002"])
    found = {each.where: each.parameters for each in report.findings}
    assert found == {"3": ("3.a.weight", "3.a.bias"), "6": ("6.a.weight", "6.a.bias")}


def test_layers_behind_a_dead_one_follow_from_it():
    """Where all biases are far below zero, one finding names every layer."""
    layers = [each for _ in range(4) for each in (nn.Linear(64, 64), nn.ReLU())]
    for layer in layers[::2]:
        nn.init.constant_(layer.bias, -10.0)
    model = nn.Sequential(*layers, nn.Linear(64, 8))
    (found,) = initscope.check(model, torch.randn(32, 64), select=["UNI002"]).findings
    assert (found.where, found.also) == ("1", ("3", "5", "7"))
    assert set(found.parameters) == {f"{k}.{name}" for k in (0, 2, 4, 6) for name in NAMES}


NAMES = ("weight", "bias")


class Gelu(nn.Module):
    """GELU's tanh form, written out."""

    def forward(self, x):
        return 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))


def test_the_inside_of_an_activation_is_not_judged():
    """A written-out GELU that is off is dead, and the tanh in it is no second defect."""
    model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), Gelu(), nn.Linear(64, 8))
    nn.init.constant_(model[2].bias, -20.0)
    x = torch.randn(32, 64)
    report = initscope.check(model, x)
    (found,) = report.at_least("warning")
    assert (found.code, found.parameters) == ("UNI002", ("2.weight", "2.bias"))
    first = model[0].weight.detach().clone()
    result = report.fix(model)
    assert set(result.applied) == {"2.weight", "2.bias"}
    assert torch.equal(model[0].weight, first)


class Capped(nn.Module):
    """A soft limit, as on attention's scores."""

    def forward(self, x):
        return 3 * torch.tanh(x / 3)


@pytest.mark.parametrize(("share", "says"), [(1.0, "mean slope"), (0.5, "of its units")])
def test_saturation_names_its_parameters_and_what_it_expects(share, says):
    """Weights and biases are named behind other operations too, and no limit is 100%."""
    model = nn.Sequential(nn.Linear(32, 64), Capped(), nn.Linear(64, 8))
    with torch.no_grad():
        model[0].bias[: int(64 * share)] = 50.0
    (found,) = initscope.check(model, torch.randn(64, 32), select=["UNI001"]).findings
    assert found.parameters == ("0.weight", "0.bias")
    assert says in found.message
    assert "100%" not in found.expected


@pytest.mark.parametrize(("used", "severity"), [(4, "info"), (2, "warning")])
def test_unused_parameters_are_a_warning_where_they_are_the_majority(used, severity):
    """Four tensors of eight are a remark, six are more than half."""

    class Partly(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(4))

        def forward(self, x):
            for layer in self.layers[: used // 2]:
                x = layer(x)
            return x

    (found,) = initscope.check(Partly(), torch.randn(16, 8), select=["GRD003"]).findings
    assert found.severity == severity
