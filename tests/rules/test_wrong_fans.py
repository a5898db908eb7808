"""PAR002 tells a fan from a number that lies near one, and prints what it measured."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import initscope
from initscope.rules.examples_of_weights import depthwise, one_std, packed
from initscope.rules.fixed_scale import is_round


def wrong_fans(model, *args, **options):
    """Return what PAR002 finds."""
    return initscope.check(model, *args, select=["PAR002"], **options).findings


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("std", [0.02, 0.05, 0.0625])
def test_one_depthwise_layer_says_nothing_of_fans(std, seed):
    """256 values near one over a wrong fan of 256 are no evidence, whatever the draw."""
    torch.manual_seed(seed)
    layer = nn.Conv1d(64, 64, 4, groups=64, padding=2)
    nn.init.normal_(layer.weight, std=std)
    model = nn.Sequential(layer, nn.ReLU(), nn.Conv1d(64, 8, 1))
    assert wrong_fans(model, torch.randn(4, 64, 16)) == ()


def test_the_variance_that_is_printed_was_measured():
    """The finding shows the weight's own variance beside the constant that it is near."""
    model, args, _ = depthwise(wrong=True)
    (found,) = wrong_fans(model, *args)
    weight = dict(model.named_parameters())[found.where].detach()
    assert f"variance {float(weight.var(correction=0)):.3g}," in found.measured
    assert "2 / 1568 = 0.00128" in found.measured


@pytest.mark.parametrize("std", [0.036, 0.03571])
def test_a_scale_that_all_layers_share_is_no_fan(std):
    """The same std in layers of other fans is a choice, though it is sqrt(2 / wrong fan)."""
    model, args, _ = one_std(std)
    assert wrong_fans(model, *args) == ()


def test_two_fans_that_one_std_fits_are_no_evidence():
    """Depthwise layers of 240 and 256 channels, both of std 0.021, follow no fan."""
    layers = []
    for inner, outer in ((240, 256), (256, 8)):
        layer = nn.Conv2d(inner, inner, 3, padding=1, groups=inner)
        nn.init.normal_(layer.weight, std=0.021)
        layers += [layer, nn.ReLU(), nn.Conv2d(inner, outer, 1)]
        nn.init.normal_(layers[-1].weight, std=0.021)
    assert wrong_fans(nn.Sequential(*layers), torch.randn(2, 240, 6, 6)) == ()


def test_a_round_number_is_a_choice():
    """A std of 0.02 in depthwise layers of 1/2500 is written as a number, not made of a fan."""
    model, args, _ = depthwise(wrong=False)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d) and layer.groups > 1:
            nn.init.normal_(layer.weight, std=0.02)
    assert wrong_fans(model, *args) == ()


@pytest.mark.parametrize(
    ("std", "found"),
    [(0.02, True), (0.0204, True), (0.0095, True), (0.05, True), (0.0357, False), (0.0, False)],
)
def test_round_numbers(std, found):
    """One, two and five, times a power of ten, from both sides."""
    assert is_round(std, 0.051) is found


def test_a_quieter_residual_branch_is_information():
    """Projections at half of their variance make branches smaller, and hurt nothing."""
    model, args, _ = packed("glorot_uniform")
    (found,) = wrong_fans(model, *args)
    assert found.severity == "info"


def test_a_residual_branch_may_be_divided_by_depth():
    """Packed projections that end one of two branches have half of 1 / fan_in, as planned."""
    transformers = pytest.importorskip("transformers")
    config = transformers.DebertaConfig(
        vocab_size=100,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
    )
    model, ids = transformers.DebertaModel(config), torch.randint(5, 100, (2, 8))
    initscope.plan(model, "auto", ids).apply(model, seed=0)
    weight = model.encoder.layer[0].attention.self.in_proj.weight
    assert float(weight.detach().var()) * 64 == pytest.approx(
        0.5, rel=4 * math.sqrt(2 / weight.numel())
    )
    assert wrong_fans(model, input_ids=ids) == ()
