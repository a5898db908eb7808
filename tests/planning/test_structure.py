"""Roles of parameters in layers that torch.nn does not have."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from initscope.planning import plan


class Conv1D(nn.Module):
    """A linear layer stored as (in, out), as GPT-2's."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        return torch.addmm(self.bias, x, self.weight)


class Experts(nn.Module):
    """Three matrices in one tensor."""

    def __init__(self, *, transposed):
        super().__init__()
        self.transposed = transposed
        self.packed = nn.Parameter(torch.randn(3, 4, 6) if transposed else torch.randn(3, 6, 4))

    def forward(self, x):
        weight = self.packed if self.transposed else self.packed.transpose(1, 2)
        return torch.matmul(x, weight)


class Added(nn.Module):
    """Parameters whose names say nothing."""

    def __init__(self):
        super().__init__()
        self.p = nn.Parameter(torch.randn(5, 4))
        self.q = nn.Parameter(torch.randn(4))
        self.r = nn.Parameter(torch.randn(1, 1, 4))

    def forward(self, x):
        x = x + self.p + self.q
        return torch.cat([x, self.r.expand(len(x), 1, 4)], dim=1)


class Named(nn.Module):
    """One parameter with a published name."""

    def __init__(self, name, shape):
        super().__init__()
        self.register_parameter(name, nn.Parameter(torch.randn(shape)))


def roles(model, *shape):
    example = torch.randn(*shape) if shape else None
    return {row.name: row.slot for row in plan(model, "torch", example).rows}


@pytest.mark.parametrize("shape", [(4, 9), (4, 4)])
def test_transposed_linear_layer(shape):
    """A product with the weight itself says that it is stored as (in, out), even where square."""
    found = roles(Conv1D(*shape), 2, 4)
    assert found["weight"].role == "linear"
    assert found["weight"].layout.transposed
    assert (found["weight"].fans.fan_in, found["weight"].fans.fan_out) == shape
    assert found["bias"].role == "bias"


@pytest.mark.parametrize("transposed", [False, True])
def test_stacked_experts(transposed):
    """A batch of matrices has the fans of one, and its parts are the experts."""
    slot = roles(Experts(transposed=transposed), 3, 2, 4)["packed"]
    assert slot.role == "linear"
    assert (slot.fans.fan_in, slot.fans.fan_out) == (4, 6)
    views = slot.layout.split(torch.zeros(slot.shape))
    assert [tuple(view.shape) for view in views] == [(6, 4)] * 3


def test_experts_are_orthogonal_each():
    """A law of matrices is drawn for every expert, and the audit proves it."""
    model = Experts(transposed=True)
    assert plan(model, "orthogonal", torch.randn(3, 2, 4)).apply(model, 0).ok
    gram = model.packed.detach() @ model.packed.detach().transpose(1, 2)
    torch.testing.assert_close(gram, torch.eye(4).expand(3, 4, 4), atol=1e-5, rtol=0)


def test_what_is_added_or_joined():
    """What is added to a signal is a position or a bias, what joins it a token."""
    found = roles(Added(), 2, 5, 4)
    assert {name: slot.role for name, slot in found.items()} == {
        "p": "position",
        "q": "bias",
        "r": "token",
    }


@pytest.mark.parametrize(
    ("name", "shape", "role"),
    [
        ("cls_token", (1, 1, 8), "token"),
        ("masked_spec_embed", (8,), "token"),
        ("mask_token", (1, 1, 8), "token"),
        ("position_embeddings", (1, 5, 8), "position"),
        ("relative_position_bias_table", (9, 2), "position"),
        ("A_log", (8, 4), "state_space"),
        ("D", (8,), "state_space"),
        ("layer_scale_parameter", (8,), "layer_scale"),
        ("lambda_1", (8,), "layer_scale"),
        ("logit_scale", (), "scalar"),
        ("mystery", (8, 8), "unknown"),
    ],
)
def test_published_names(name, shape, role):
    """Names that architectures share are known, others are not guessed."""
    assert roles(Named(name, shape))[name].role == role


def test_unknown_parameters_are_uncovered():
    """A parameter of unknown role is named, and not initialized silently."""
    assert plan(Named("mystery", (8, 8)), "he_normal").uncovered == ("mystery",)
