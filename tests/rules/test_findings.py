"""Causes and their symptoms; what the rules see in models with one planted defect."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from initscope.networks import build
from initscope.planning import plan
from initscope.rules import Finding, Rule, findings, rules


def planted(code, severity="warning", explains=()):
    """A rule that always finds one thing."""
    return Rule(
        code, code.lower(), severity, "", "", "", "", "",
        lambda rule, _: iter([rule.at(f"at {code}", "", "", "")]), (), (), explains,
    )  # fmt: skip


def test_a_symptom_of_a_symptom_belongs_to_the_root():
    """Explanations are followed to the cause that nothing explains."""
    chosen = [
        planted("GRD004"),
        planted("SIG003", explains=("GRD004",)),
        planted("SIG002", explains=("SIG003",)),
    ]
    (found,) = findings(None, chosen)
    assert found.code == "SIG002"
    assert found.also == ("GRD004 at GRD004", "SIG003 at SIG003")


def test_a_cause_is_as_bad_as_its_worst_symptom():
    """A warning that explains an error is an error."""
    chosen = [planted("SIG001", "warning", ("GRD001",)), planted("GRD001", "error")]
    assert [each.severity for each in findings(None, chosen)] == ["error"]


def test_a_remark_explains_no_defect():
    """An info does not take a warning away."""
    chosen = [planted("SIG004", "info", ("GRD003",)), planted("GRD003")]
    assert [each.code for each in findings(None, chosen)] == ["GRD003", "SIG004"]


def test_of_several_causes_parameters_come_first():
    """What parameters explain is not told with a signal that explains it too."""
    chosen = [
        planted("SIG001", explains=("GRD001",)),
        planted("PAR001", explains=("GRD001",)),
        planted("GRD001"),
    ]
    found = {each.code: each.also for each in findings(None, chosen)}
    assert found == {"PAR001": ("GRD001 at GRD001",), "SIG001": ()}


def test_rules_that_explain_each_other_both_stay():
    """Neither of two rules that name each other is taken away."""
    chosen = [planted("SIG001", explains=("SIG002",)), planted("SIG002", explains=("SIG001",))]
    assert len(findings(None, chosen)) == 2


def test_of_two_findings_the_one_at_the_same_place_has_the_symptom():
    """Where a rule finds two things of one severity, a symptom goes to the one it shares."""
    two = planted("PAR001", explains=("GRD001",))
    here = [two.at(place, "", "", "", parameters=(place,)) for place in ("first", "second")]
    shared = planted("GRD001").at("deep", "", "", "", parameters=("second",))
    chosen = [
        replace(two, find=lambda *_: iter(here)),
        replace(planted("GRD001"), find=lambda *_: iter([shared])),
    ]
    found = {each.where: each.also for each in findings(None, chosen)}
    assert found == {"first": (), "second": ("GRD001 deep",)}


def test_a_symptom_goes_to_the_worst_finding():
    """A remark of the same rule does not become a defect by another one's symptom."""
    two = planted("PAR007", explains=("GRD001",))
    both = [two.at("first", "", "", "", severity="info"), two.at("second", "", "", "")]
    chosen = [replace(two, find=lambda *_: iter(both)), planted("GRD001")]
    found = {each.where: (each.severity, each.also) for each in findings(None, chosen)}
    assert found == {"first": ("info", ()), "second": ("warning", ("GRD001 at GRD001",))}


@pytest.mark.parametrize(("place", "stays"), [("here", False), ("elsewhere", True)])
def test_what_has_its_own_cause_is_told_with_another_only_at_its_place(place, stays):
    """A finding that its own parameters cause is no symptom of a defect of others."""
    cause = planted("PAR001", explains=("UNI002",))
    symptom = planted("UNI002")
    found = symptom.at("layer", "", "", "", parameters=(place,), own=True)
    chosen = [
        replace(cause, find=lambda rule, _: iter([rule.at("here", "", "", "")])),
        replace(symptom, find=lambda *_: iter([found])),
    ]
    assert ("UNI002" in {each.code for each in findings(None, chosen)}) is stays


def found_by(evidence, model, *args, code, **options) -> tuple[Finding, ...]:
    """Return what one rule finds in a model."""
    rule = next(each for each in rules() if each.code == code)
    return tuple(rule.find(rule, evidence(model, args, options)))


@pytest.mark.parametrize(("code", "factor"), [("SIG001", 1 / 30), ("SIG002", 30.0)])
def test_one_odd_convolution_is_named(evidence, code, factor):
    """A convolution 30 times off the others is found where it stands, and no other."""
    built = build("convnet:depth=12")
    plan(built.model, "auto", built.example).apply(built.model, seed=0)
    with torch.no_grad():
        built.model[5][0].weight.mul_(factor)
    (found,) = found_by(evidence, built.model, built.example, code=code)
    assert found.where.startswith("5.")
    assert found.parameters == ("5.0.weight",)
    assert found.also == ()


def test_a_detached_layer_is_named_where_it_is_cut(evidence):
    """The operation without a gradient is named, with the line that calls it."""

    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(8, 8), nn.Linear(8, 2)

        def forward(self, x):
            return self.last(functional.relu(self.first(x)).detach())

    (found,) = found_by(evidence, Cut(), torch.randn(4, 8), code="GRD003")
    assert found.severity == "error"
    assert found.where == "detach"
    assert found.file.endswith("test_findings.py")


def test_everything_zero_has_no_gradient(evidence):
    """Zeros that wait for one another never move; a zero head alone does."""
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    nn.init.zeros_(model[4].weight)
    assert found_by(evidence, model, torch.randn(4, 8), code="GRD003") == ()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    (found,) = found_by(evidence, model, torch.randn(4, 8), code="GRD003")
    assert found.severity == "warning"
    assert found.message.startswith("5 parameters")


class Gated(nn.Module):
    """A residual branch times a gate from a zero weight, in front of it a dead one if asked."""

    def __init__(self, *, dead: bool = False) -> None:
        super().__init__()
        self.first, self.body, self.gate = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8)
        nn.init.zeros_(self.gate.weight)
        nn.init.zeros_(self.gate.bias)
        if dead:
            nn.init.constant_(self.first.bias, -100.0)

    def forward(self, x):
        h = x + self.first(x).relu()
        return h + self.gate(x).chunk(1, -1)[0] * self.body(h)


def test_what_a_zero_gate_multiplies_waits(evidence):
    """A branch behind whose gate is computed from zero weights moves at the second step."""
    assert found_by(evidence, Gated(), torch.randn(4, 8), code="GRD003") == ()


def test_a_zero_gate_excuses_no_dead_branch(evidence):
    """A branch in front that is dead has no gradient, whatever gate stands behind it."""
    (found,) = found_by(evidence, Gated(dead=True), torch.randn(4, 8), code="GRD003")
    assert found.also == ("first.weight", "first.bias")


def test_one_step_of_a_recurrence_is_no_dead_end(evidence):
    """The recurrent weight of a sequence of one step multiplies a zero state, and is silent."""
    model = build("rnn:cell=lstm").model
    assert found_by(evidence, model, torch.randn(4, 1, 8), code="GRD003") == ()


def test_a_row_that_is_wholly_masked_is_found_at_the_softmax(evidence):
    """A mask is silent by itself; the softmax that makes NaN of it is named."""

    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.score = nn.Linear(8, 5)

        def forward(self, x):
            return self.score(x).masked_fill(x[:, :1] > 0, -torch.inf).softmax(-1)

    (found,) = found_by(evidence, Masked(), torch.randn(16, 8), code="SIG003")
    assert found.where == "softmax"


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_loss_is_taken_by_target(evidence, reduction):
    """Logits of 100 that guess at random cost about 90 nats a target, however they are reduced."""
    targets = torch.arange(40) % 10

    def loss(logits):
        return functional.cross_entropy(logits, targets, reduction=reduction)

    model = nn.Linear(8, 10)
    quiet = found_by(evidence, model, torch.randn(40, 8), code="OUT001", loss=loss)
    with torch.no_grad():
        model.weight.mul_(300)
    (found,) = found_by(evidence, model, torch.randn(40, 8), code="OUT001", loss=loss)
    assert quiet == ()
    assert "ln(10) = 2.3" in found.expected


def test_untrained_statistics_are_a_remark(evidence):
    """A deep network with batch normalization in eval mode is told to be checked in train mode."""
    built = build("mlp:depth=30,norm=batch")
    (found,) = found_by(evidence, built.model.eval(), built.example, code="GRD001")
    assert found.severity == "info"
    assert "train mode" in found.cause


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_shallow_networks_at_the_default_are_silent(evidence, depth, activation):
    """PyTorch's default hurts no network of up to four layers."""
    built = build(f"mlp:depth={depth},activation={activation}")
    own = [each for each in rules() if each.code[:3] in {"SIG", "GRD", "OUT"}]
    assert findings(evidence(built.model, (built.example,)), own) == ()
