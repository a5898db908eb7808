"""Saturated gates of recurrent layers: where, with what evidence, and which biases are a choice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from initscope.rules import findings, rule, rules
from initscope.rules.checks.saturated_units import least_slope

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence" / "gates.json"
UNITS = 32


def found_in(evidence, model, scale=1.0):
    """Return what the rule finds in a model on sequences of a scale."""
    each = rule("UNI001")
    return list(each.find(each, evidence(model, (scale * torch.randn(20, 8, 12),))))


def gates(kind, value, gate):
    """A layer as PyTorch makes it, with a bias on the gate of a number."""
    layer = kind(12, UNITS)
    with torch.no_grad():
        layer.bias_ih_l0[gate * UNITS : (gate + 1) * UNITS] = value
    return layer


@pytest.mark.parametrize(
    ("kind", "value", "gate"),
    [(nn.LSTM, 10.0, 1), (nn.LSTM, -10.0, 0), (nn.GRU, 10.0, 1)],
    ids=["open forget gates", "closed input gates", "kept states"],
)
def test_a_bias_that_keeps_the_state_is_a_choice(evidence, kind, value, gate):
    """A bias of 10 is silent where it keeps the state, and reported where it loses it."""
    assert not found_in(evidence, gates(kind, value, gate))
    (found,) = found_in(evidence, gates(kind, -value, gate))
    assert "gate is saturated" in found.message


@pytest.mark.parametrize("gate", [2, 3])
def test_a_bias_of_what_is_written_or_shown_is_none(evidence, gate):
    """A bias of 10 on an LSTM's cell or output gate is reported with either sign."""
    for value in (-10.0, 10.0):
        (found,) = found_in(evidence, gates(nn.LSTM, value, gate))
        assert "1 of the 4 gates of lstm" in found.measured


def test_the_layer_and_the_direction_are_named(evidence):
    """Of several layers and directions the saturated one is named, with the layer's weights."""
    layer = nn.GRU(12, UNITS, 2, bidirectional=True)
    with torch.no_grad():
        layer.weight_ih_l1_reverse.mul_(1000)
    model = nn.Sequential(nn.Linear(12, 12), layer)
    (found,) = found_in(evidence, model)
    assert found.where == "1"
    assert found.message.startswith("gru's candidate of layer 1, reverse is saturated")
    assert found.measured.endswith("3 of the 12 gates of gru")
    assert set(found.parameters) == {f"1.{name}" for name, _ in layer.named_parameters()}


def test_a_cell_in_a_loop_is_found(evidence):
    """A cell that the model itself runs in a loop is reported like a fused layer."""

    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = nn.LSTMCell(12, UNITS)

        def forward(self, steps):
            state = None
            for x in steps:
                state = self.cell(x, state)
            return state[0]

    assert not found_in(evidence, Loop())
    (found,) = found_in(evidence, Loop(), 300.0)
    assert found.where == "cell"
    assert found.severity == "error"


def test_a_chaotic_matrix_explains_its_saturated_states(evidence):
    """States that a recurrent matrix of std 10 saturates are told with the matrix."""
    layer = nn.RNN(12, UNITS)
    nn.init.normal_(layer.weight_hh_l0, std=10)
    found = findings(evidence(layer, (torch.randn(20, 8, 12),)), rules())
    (cause,) = (each for each in found if each.code == "PAR007")
    assert any(each.startswith("UNI001") for each in cause.also)
    assert all(each.code != "UNI001" for each in found)


def test_the_page_says_what_was_measured():
    """The margins on the rule's page are those of the evidence, which has no false alarm."""
    plain, how = json.loads(EVIDENCE.read_text(encoding="utf-8")), rule("UNI001").how
    assert plain["false alarms"] == []
    assert f"{plain['observations']} healthy layers" in how
    slopes = {name: row["mean slope"] for name, row in plain["healthy"].items()}
    assert f"{min(v for k, v in slopes.items() if 'gate' in k):.2f}, the flattest cand" in how
    assert f"state {min(slopes.values()):.2f};" in how
    for name, row in plain["healthy"].items():
        ends = (0.0, 1.0) if "gate" in name else (-1.0, 1.0)
        assert row["mean slope"] > 2 * least_slope(*ends)
        assert row["stuck"] == 0
    (scales,) = (value for key, value in plain.items() if "scale of the inputs" in key)
    reported = [scale for scale, row in scales["lstm"].items() if row["reported"][0] != "0"]
    assert reported == ["30", "100", "300"]
