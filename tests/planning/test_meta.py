"""Models on the meta device become real parameter by parameter."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from initscope import InputError
from initscope.planning import init_, plan
from initscope.planning.parts import Part


def network(device: str) -> nn.Module:
    with torch.device(device):
        model = nn.Sequential(
            nn.Linear(6, 8),
            nn.BatchNorm1d(8),
            nn.ReLU(),
            nn.Linear(8, 6, bias=False),
            nn.LSTM(6, 4, batch_first=True),
        )
    model[3].weight = nn.Parameter(model[3].weight.half())
    return model


@pytest.mark.parametrize("scheme", ["he_normal", "orthogonal", "torch"])
def test_values_are_those_of_a_real_model(scheme):
    """The plan is the same, and so is every value; running statistics start as torch's do."""
    real, ghost = network("cpu"), network("meta")
    drawn = plan(ghost, scheme)
    assert drawn == plan(real, scheme)
    drawn.apply(real, seed=3)
    assert drawn.apply(ghost, seed=3, device="cpu").ok
    expected, found = real.state_dict(), ghost.state_dict()
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert {name: t.dtype for name, t in expected.items()} == {
        name: t.dtype for name, t in found.items()
    }
    ghost[4](torch.zeros(1, 2, 6))  # the LSTM's list of flat weights holds the real ones


def test_tied_parameters_stay_tied_and_keep_their_marks():
    """One parameter in two places becomes one real parameter, with what was noted on it."""
    with torch.device("meta"):
        model = nn.ModuleDict({"a": nn.Embedding(5, 3), "b": nn.Linear(3, 5, bias=False)})
        model["b"].weight = model["a"].weight
    model["a"].weight.sequence_parallel = True
    assert plan(model, "gpt2").apply(model, device="cpu").ok
    assert model["a"].weight is model["b"].weight
    assert model["a"].weight.sequence_parallel
    assert model["a"].weight.device.type == "cpu"


@pytest.mark.parametrize("device", [None, "meta"])
def test_a_device_has_to_be_named(device):
    """Nobody guesses where a model becomes real."""
    model = network("meta")
    with pytest.raises(InputError, match='say where it becomes real, apply.*device="cpu"'):
        plan(model, "he_normal").apply(model, device=device)
    with pytest.raises(InputError, match="meta device"):
        init_(model, "he_normal")


def test_buffers_without_values_are_refused():
    """What a buffer holds cannot be known; the error names it and nothing has become real."""
    model = network("meta")
    model[0].register_buffer("table", torch.zeros(3, device="meta"))
    with pytest.raises(InputError, match=r"the buffer 0.table is on the meta device"):
        plan(model, "he_normal").apply(model, device="cpu")
    assert all(p.is_meta for p in model.parameters())


def test_what_is_kept_needs_values():
    """A rule that keeps a parameter, or a frozen one, cannot be followed on the meta device."""
    model = network("meta")
    with pytest.raises(InputError, match="0.weight is on the meta device and has no values to kee"):
        plan(model, "he_normal", rules=[("0.weight", "keep")]).apply(model, device="cpu")
    assert model[0].weight.is_meta


def test_a_failure_leaves_the_model_on_the_meta_device(monkeypatch):
    """Parameters and buffers are the objects that they were."""
    model = network("meta")
    before = [*model.parameters(), *model.buffers()]

    def failing(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Part, "fill", failing)
    with pytest.raises(KeyboardInterrupt):
        plan(model, "he_normal").apply(model, device="cpu")
    after = [*model.parameters(), *model.buffers()]
    assert all(one is other for one, other in zip(before, after, strict=True))


def test_an_example_on_the_meta_device_is_refused():
    """A scheme that follows the signal needs values to run on."""
    with pytest.raises(InputError, match="is on the meta device and has no values"):
        plan(network("meta"), "auto", torch.zeros(2, 6))
