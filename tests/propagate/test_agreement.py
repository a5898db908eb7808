"""Whole networks over seeds: measured second moments lie where the prediction says, as often."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import transformers
from torch import nn
from torch.nn import functional

from initscope.observe import observe
from initscope.propagate import propagate

SEEDS = 10


def mlp(activation, gain, norm=None, depth=8, width=64):
    def build():
        layers, fan_in = [], 32
        for _ in range(depth):
            layer = nn.Linear(fan_in, width)
            nn.init.normal_(layer.weight, std=gain / math.sqrt(fan_in))
            layers += [layer, *([norm(width)] if norm else []), activation()]
            fan_in = width
        return nn.Sequential(*layers, nn.Linear(width, 10)), (torch.randn(32, 32),), {}

    return build


def orthogonal():
    model, inputs, named = mlp(nn.Tanh, 1.0)()
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
    return model, inputs, named


class Block(nn.Module):
    """A residual block with normalization before, after, or nowhere."""

    def __init__(self, kind, width=64):
        super().__init__()
        self.kind, self.norm = kind, nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 128), nn.Linear(128, width)
        for layer in (self.up, self.down):
            nn.init.kaiming_normal_(layer.weight)

    def forward(self, x):
        inner = self.norm(x) if self.kind == "pre" else x
        total = x + 0.5 * self.down(functional.gelu(self.up(inner)))
        return self.norm(total) if self.kind == "post" else total


def residual(kind):
    def build():
        blocks = [Block(kind) for _ in range(6)]
        return (
            nn.Sequential(nn.Linear(32, 64), *blocks, nn.Linear(64, 10)),
            (torch.randn(32, 32),),
            {},
        )

    return build


def convnet(*, norm=False, groups=1, padding=1, size=16):
    def build():
        layers, channels = [], 3
        for number in range(6):
            layer = nn.Conv2d(
                channels, 32, 3, padding=padding, stride=1 + (number == 3),
                groups=groups if channels > 3 else 1,
            )  # fmt: skip
            nn.init.kaiming_normal_(layer.weight)
            layers += [layer, *([nn.BatchNorm2d(32)] if norm else []), nn.ReLU()]
            channels = 32
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)]
        return nn.Sequential(*layers, *head), (torch.randn(8, 3, size, size),), {}

    return build


class Layer(nn.Module):
    """A transformer's layer with packed projections and a gated product."""

    def __init__(self, width=64):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.packed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.gate, self.up = nn.Linear(width, 128), nn.Linear(width, 128)
        self.down = nn.Linear(128, width)

    def forward(self, x):
        heads = [
            part.unflatten(-1, (4, -1)).transpose(1, 2)
            for part in self.packed(self.norms[0](x)).chunk(3, -1)
        ]
        mixed = functional.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).flatten(2))
        inner = self.norms[1](x)
        return x + self.down(functional.silu(self.gate(inner)) * self.up(inner))


def transformer():
    layers = [nn.Embedding(100, 64), *(Layer() for _ in range(3)), nn.LayerNorm(64)]
    return nn.Sequential(*layers, nn.Linear(64, 100)), (torch.randint(0, 100, (8, 16)),), {}


SIZES = {"num_hidden_layers": 3, "hidden_size": 64, "num_attention_heads": 4}


def gpt2():
    config = transformers.GPT2Config(
        n_layer=3, n_embd=64, n_head=4, vocab_size=200, n_positions=64, bos_token_id=0,
        eos_token_id=0, loss_type="ForCausalLM",
    )  # fmt: skip
    tokens = torch.randint(3, 200, (4, 32))
    model = transformers.GPT2LMHeadModel(config).eval()
    return model, (), {"input_ids": tokens, "labels": tokens}


def bert():
    config = transformers.BertConfig(
        **SIZES, intermediate_size=256, vocab_size=200, max_position_embeddings=64, num_labels=3
    )
    model = transformers.BertForSequenceClassification(config).eval()
    return model, (torch.randint(3, 200, (8, 24)),), {}


def vit():
    config = transformers.ViTConfig(
        **SIZES, intermediate_size=256, image_size=32, patch_size=8, num_labels=10
    )
    return transformers.ViTForImageClassification(config).eval(), (torch.randn(8, 3, 32, 32),), {}


def resnet():
    config = transformers.ResNetConfig(
        embedding_size=16, hidden_sizes=[16, 32, 64], depths=[2, 2, 2], layer_type="basic",
        num_labels=10,
    )  # fmt: skip
    return transformers.ResNetForImageClassification(config), (torch.randn(8, 3, 64, 64),), {}


# The share of measurements with a prediction is that of one run, rounded down.
NETWORKS = {
    "relu": (mlp(nn.ReLU, 2**0.5), 0.9),
    "tanh": (mlp(nn.Tanh, 1.0), 0.9),
    "gelu": (mlp(nn.GELU, 1.5), 0.9),
    "sigmoid": (mlp(nn.Sigmoid, 1.0), 0.9),
    "narrow tanh": (mlp(nn.Tanh, 1.2, depth=20, width=25), 0.9),
    "orthogonal": (orthogonal, 0.9),
    "batch norm": (mlp(nn.ReLU, 1.0, nn.BatchNorm1d), 0.9),
    "layer norm": (mlp(nn.Tanh, 1.0, nn.LayerNorm), 0.9),
    "residual": (residual("none"), 0.9),
    "pre-norm": (residual("pre"), 0.9),
    "post-norm": (residual("post"), 0.9),
    "convolutions": (convnet(), 0.85),
    "valid groups": (convnet(groups=4, padding=0, size=24), 0.85),
    "convolutions, batch norm": (convnet(norm=True), 0.85),
    "transformer": (transformer, 0.85),
    "GPT-2": (gpt2, 0.8),
    "BERT": (bert, 0.75),
    "ViT": (vit, 0.7),
    "ResNet": (resnet, 0.9),
}


LARGE = {"GPT-2", "BERT", "ViT", "ResNet"}
"""Architectures that run for half the seeds."""


@pytest.mark.parametrize("name", NETWORKS)
def test_measured_moments_lie_where_predicted(name):
    """Forward and backward, at least nine in ten lie in the interval that should hold 95%.

    Operations of one network fluctuate together, so that ten networks are a small sample: of
    binomial shares with 95% in each of ten, one in twelve lies below 0.9; the spread is stated so
    that it errs on the wide side.
    """
    build, least = NETWORKS[name]
    seeds = SEEDS // 2 if name in LARGE else SEEDS
    deviations: dict[str, list[float]] = {"forward": [], "backward": []}
    for seed in range(seeds):
        torch.manual_seed(seed)
        model, inputs, named = build()
        trace = observe(model, *inputs, **named)
        prediction = propagate(trace)
        assert prediction.coverage >= least
        for row, entry in zip(trace.operations, prediction, strict=True):
            for side, found in deviations.items():
                measured, predicted = getattr(row, side), getattr(entry, side)
                if measured is not None and predicted is not None:
                    found.append(predicted.deviation(measured.second_moment))
    for found in deviations.values():
        assert np.mean(np.abs(found) < 1.96) >= 0.9
        assert np.sqrt(np.mean(np.square(found))) < 1.15
