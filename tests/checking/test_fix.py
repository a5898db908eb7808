"""New values for what findings name, and proof that they help."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from initscope import check
from initscope.checking import fix as module
from initscope.checking.fix import is_mendable
from initscope.errors import InputError
from initscope.rules import Finding


def values(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in model.named_parameters()}


def test_the_defect_is_gone_and_the_audit_agrees(deep, batch):
    """The same inputs show no defect, and every value is what the plan declares."""
    report = check(deep, batch, select=["SIG001"])
    result = report.fix(deep)
    assert (report.ok, result.after.ok, result.audit.ok) == (False, True, True)
    assert len(result.applied) == 20
    assert result.remaining == ()


def test_the_same_seed_gives_the_same_model(deep, batch):
    """Values depend on the seed and on names, not on what was there before."""
    other = type(deep)()
    for model in (deep, other):
        check(model, batch, select=["SIG001"]).fix(model, seed=7)
    first, second = values(deep), values(other)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_only_what_is_named_changes_and_frozen_parameters_stay(deep, batch, monkeypatch):
    """A finding that names two weights, one of them frozen, changes the other alone."""
    deep.layers[1].weight.requires_grad_(requires_grad=False)
    report = check(deep, batch, select=["SIG001"])
    named = ("layers.1.weight", "layers.2.weight")
    report = replace(report, findings=(replace(report.findings[0], parameters=named),))
    before = values(deep)
    monkeypatch.setattr(module, "run", lambda *_: replace(report, findings=()))
    result = report.fix(deep)
    changed = [
        name for name, tensor in values(deep).items() if not torch.equal(before[name], tensor)
    ]
    assert result.applied == ("layers.2.weight",)
    assert changed == ["layers.2.weight"]


def test_gradients_modes_and_random_states_stay(deep, batch):
    """Nothing but parameters changes."""
    deep.eval()
    deep.layers[0].weight.grad = torch.ones(64, 64)
    state = torch.get_rng_state()
    check(deep, batch, select=["SIG001"]).fix(deep)
    assert not deep.training
    assert torch.equal(deep.layers[0].weight.grad, torch.ones(64, 64))
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("failure", ["raises", "worse"])
def test_values_are_put_back_where_they_do_not_help(deep, batch, monkeypatch, failure):
    """A failed or a worse second measurement leaves the model as it was."""
    report = check(deep, batch, select=["SIG001"])

    def run(model, call):
        if failure == "raises":
            raise InputError("no second pass")
        return replace(report, findings=report.findings * 2)

    monkeypatch.setattr(module, "run", run)
    before = values(deep)
    if failure == "raises":
        with pytest.raises(InputError, match="no second pass"):
            report.fix(deep)
    else:
        result = report.fix(deep)
        assert result.applied == ()
        assert "warnings 2" in result.reverted
    assert all(torch.equal(before[name], tensor) for name, tensor in values(deep).items())


def chain() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [part for _ in range(10) for part in (nn.Linear(64, 64), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(64, 4))


def test_what_shows_only_then_is_mended_too(deep, batch, monkeypatch):
    """A finding of the second measurement that names another weight has it drawn as well."""
    report = check(deep, batch, select=["SIG001"])

    def naming(*names):
        findings = tuple(replace(each, parameters=names) for each in report.findings)
        return replace(report, findings=findings)

    later = iter([naming("layers.2.weight"), replace(report, findings=())])
    monkeypatch.setattr(module, "run", lambda *_: next(later))
    result = naming("layers.1.weight").fix(deep)
    assert result.applied == ("layers.1.weight", "layers.2.weight")
    assert result.after.ok


def test_dead_layers_are_mended_in_one_go(batch):
    """Biases far below zero in three layers: afterwards the model is healthy."""
    model = chain()
    for index in (4, 8, 12):
        nn.init.constant_(model[index].bias, -10.0)
    report = check(model, batch)
    assert [each.rule for each in report.findings] == ["dead-units"]
    assert report.fix(model).after.ok


def test_new_values_that_mend_nothing_are_taken_back(batch, monkeypatch):
    """As many errors and warnings as before are no reason to have changed anything."""
    model = chain()
    nn.init.zeros_(model[4].weight)
    report = check(model, batch)
    monkeypatch.setattr(module, "run", lambda *_: report)
    before = values(model)
    result = report.fix(model)
    assert (result.applied, result.reverted) == (
        (),
        "with new values there was nothing better: errors 1, warnings 0",
    )
    assert all(torch.equal(before[name], tensor) for name, tensor in values(model).items())


def test_a_zero_weight_in_front_of_a_normalization_is_drawn(batch):
    """It is no deliberate zero: what is normalized is the signal itself."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 4))
    nn.init.zeros_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    result = check(model, batch).fix(model)
    assert result.applied == ("0.weight",)
    assert result.after.ok


def test_nothing_to_mend_changes_nothing(deep, batch):
    """Findings whose remedy is text only, or that are no warnings, are left alone."""
    report = check(deep, batch, select=["UNI003"])
    result = report.fix(deep)
    assert (result.applied, result.after, result.audit) == ((), report, None)


def test_named_arguments_and_several_batches_are_measured_again(deep, batch):
    """The second measurement has all inputs of the first."""
    report = check(deep, x=batch, batches=[((batch,), {})], select=["SIG001"])
    assert report.fix(deep).after.evidence.trace.batches == 2


def test_a_report_made_by_hand_cannot_fix(deep, batch):
    """It knows no inputs, and says so."""
    report = replace(check(deep, batch, select=["SIG001"]), call=None)
    with pytest.raises(InputError, match="only a report that check"):
        report.fix(deep)


@pytest.mark.parametrize(
    ("parameters", "remedy", "mendable"),
    [
        (("a",), "Draw again.", True),
        ((), "initscope.init_(model, 'auto', example=batch)", True),
        ((), "initscope.init_(model, 'he_normal')", True),
        ((), "Add a normalization.", False),
    ],
)
def test_what_can_be_mended(parameters, remedy, mendable):
    """Parameters that are named, or a remedy that is a call of ours."""
    finding = Finding("X", "x", "error", "", "", "", "", remedy, parameters=parameters)
    assert is_mendable(finding) is mendable
