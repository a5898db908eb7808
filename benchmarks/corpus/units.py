"""Planted defects of units: UNI001 to UNI003, and PAR001."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from corpus.drawn import biases, weights
from corpus.entry import Built, Entry, defect
from corpus.schemes import Sum, default, filled, labelled, planned
from corpus.signals import WIDE


def scaled_input(network: str, initializer: str, factor: float) -> Built:
    """Inputs that nobody normalized."""
    model, (x,), options = filled(network, initializer, classes=10)
    return model, (factor * x,), options


def recurrent_input(cell: str, factor: float) -> Built:
    """A recurrent layer on inputs that nobody normalized."""
    model, (x,), options = default(f"rnn:cell={cell}", classes=10)
    return model, (factor * x,), options


def shifted(network: str, shift: float, share: float) -> Built:
    """Biases of a share of the hidden units far below zero."""
    model, args, options = filled(network, "he_normal", classes=10)
    for bias in biases(model)[:-1]:
        bias[: int(share * len(bias))] = shift
    return model, args, options


def one_dead_layer(share: float) -> Built:
    """One layer of ten whose units are mostly off."""
    model, args, options = filled(WIDE.format(10, "relu"), "he_normal", classes=10)
    biases(model)[5][: int(share * 128)] = -100.0
    return model, args, options


def negative_weights() -> Built:
    """A second layer with negative weights on positive inputs."""
    model, args, options = filled(WIDE.format(4, "relu"), "he_normal", classes=10)
    second = weights(model)[1]
    second[:96] = -second[:96].abs()
    return model, args, options


def saturated_layer(share: float) -> Built:
    """One tanh layer of six, a share of its units with weights forty times too large."""
    model, args, options = filled(WIDE.format(6, "tanh"), "glorot_normal", classes=10)
    weights(model)[2][: int(share * 128)] *= 40
    return model, args, options


class Gelu(nn.Module):
    """GELU's tanh form, written out."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend."""
        y: Tensor = 0.5 * x * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + 0.044715 * x**3)))
        return y


def shifted_gelu() -> Built:
    """A hidden layer under a written-out GELU with biases far below zero."""
    second = nn.Linear(64, 64)
    nn.init.constant_(second.bias, -20.0)
    x = torch.randn(64, 32)
    model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), second, Gelu(), nn.Linear(64, 10))
    return model, (x,), labelled(x, 10)


def two_causes() -> Built:
    """Ten residual blocks; one has a weight of zeros, another a bias that turns it off."""
    pairs = [(nn.Linear(64, 64), nn.Linear(64, 64)) for _ in range(10)]
    nn.init.zeros_(pairs[3][0].weight)
    nn.init.zeros_(pairs[3][0].bias)
    nn.init.constant_(pairs[6][0].bias, -10.0)
    blocks = [Sum(first, nn.ReLU(), last) for first, last in pairs]
    x = torch.randn(64, 64)
    return nn.Sequential(*blocks, nn.Linear(64, 10)), (x,), labelled(x, 10)


def twins(network: str, share: float, *, every: bool) -> Built:
    """A share of the units of every hidden layer, or of one, repeats others, on both sides."""
    model, args, options = filled(network, "he_normal", classes=10)
    found = weights(model)
    for index in range(len(found) - 1) if every else (1,):
        count = int(share * found[index].shape[0])
        found[index][-count:] = found[index][:count]
        found[index + 1][:, -count:] = found[index + 1][:, :count]
    return model, args, options


def ranked() -> Built:
    """Every row of a layer's weight is the same random row."""
    model, args, options = filled(WIDE.format(3, "tanh"), "glorot_normal", classes=10)
    _first, second, third, _head = weights(model)
    second[:] = second[0].clone()
    third[:] = third[:, :1].clone()
    return model, args, options


def tiled_experts() -> Built:
    """Experts that are copies of one, averaged: they stay one."""

    class Experts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.outer = nn.Linear(32, 256), nn.Linear(256, 10)
            with torch.no_grad():
                self.inner.weight[:] = self.inner.weight[:64].repeat(4, 1)
                self.inner.bias[:] = self.inner.bias[:64].repeat(4)
                self.outer.weight[:] = self.outer.weight[:, :64].repeat(1, 4)

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.outer(torch.relu(self.inner(x)))
            return y

    x = torch.randn(64, 32)
    return Experts(), (x,), labelled(x, 10)


def one_layer_constant(network: str, at: int, value: float) -> Built:
    """He's weights, one layer of them constant."""
    model, args, options = filled(network, "he_normal", classes=10)
    weights(model)[at].fill_(value)
    return model, args, options


_flat = partial(defect, "saturated-units")
_dead = partial(defect, "dead-units")
_twin = partial(defect, "duplicate-units", accepted="constant-weight")
_same = partial(defect, "constant-weight")
_ZERO = "no-gradient vanishing-signal duplicate-units"

ENTRIES: tuple[Entry, ...] = (
    _flat(
        "std 1 under tanh, depth 3",
        partial(filled, WIDE.format(3, "tanh"), "normal(std=1)", classes=10),
        companions="exploding-signal initial-loss output-scale",
    ),
    _flat(
        "std 0.5 under tanh, depth 6",
        partial(filled, WIDE.format(6, "tanh"), "normal(std=0.5)"),
        companions="output-scale",
    ),
    _flat(
        "inputs of scale 100 under tanh",
        partial(scaled_input, WIDE.format(3, "tanh"), "glorot_normal", 100.0),
        companions="vanishing-signal",
    ),
    _flat(
        "inputs of scale 255 under sigmoid",
        partial(scaled_input, WIDE.format(2, "sigmoid"), "glorot_normal", 255.0),
        companions="vanishing-signal collapsed-correlation",
    ),
    _flat(
        "hardtanh with std 1, depth 3",
        partial(filled, WIDE.format(3, "hardtanh"), "normal(std=1)", classes=10),
        companions="output-scale initial-loss dead-units",
    ),
    _flat("LSTM on inputs of scale 300", partial(recurrent_input, "lstm", 300.0)),
    _flat(
        "half the units of one tanh layer",
        partial(saturated_layer, 0.5),
        accepted="exploding-signal",  # which names the layer, and its weights
    ),
    _dead("biases of -10", partial(shifted, WIDE.format(4, "relu"), -10.0, 1.0)),
    _dead(
        "half of the units with biases of -20", partial(shifted, WIDE.format(4, "relu"), -20.0, 0.5)
    ),
    _dead(
        "half of the channels with biases of -20", partial(shifted, "convnet:depth=4", -20.0, 0.5)
    ),
    _dead(
        "one layer of ten, 80% of its units",
        partial(one_dead_layer, 0.8),
        companions="exploding-signal",
    ),
    _dead(
        "Fixup's zero in front of a ReLU, 20 blocks",
        partial(planned, "mlp:depth=20,width=64,residual=true", "fixup"),
        "no-gradient",
    ),
    _dead("negative weights on positive inputs", negative_weights),
    _dead("biases of -20 in front of a GELU that is written out", shifted_gelu),
    _dead(
        "a bias of -10 beside a weight of zeros, in 10 residual blocks",
        two_causes,
        companions="constant-weight",
    ),
    _twin(
        "constant 0.1 under tanh",
        partial(filled, WIDE.format(3, "tanh"), "constant(value=0.1)", classes=10),
        companions="exploding-signal saturated-units exploding-gradient initial-loss output-scale",
    ),
    _twin(
        "half of the units of every layer",
        partial(twins, WIDE.format(4, "relu"), 0.5, every=True),
        companions="initial-loss output-scale",
    ),
    _twin(
        "a quarter of the units of one layer",
        partial(twins, WIDE.format(4, "relu"), 0.25, every=False),
    ),
    _twin(
        "half of the channels of every layer",
        partial(twins, "convnet:depth=4", 0.5, every=True),
        companions="initial-loss output-scale",
    ),
    _twin("one random row for a whole layer", ranked),
    _twin("four copies of one expert", tiled_experts),
    _same(
        "all weights zero",
        partial(filled, WIDE.format(3, "relu"), "zeros", classes=10),
        _ZERO,
        "dead-units",
    ),
    _same(
        "all weights one",
        partial(filled, WIDE.format(3, "relu"), "ones", classes=10),
        "duplicate-units",
    ),
    _same(
        "all weights 0.01, convnet",
        partial(filled, "convnet:depth=3", "constant(value=0.01)", classes=10),
        "duplicate-units",
    ),
    _same(
        "one hidden layer zero",
        partial(one_layer_constant, WIDE.format(5, "relu"), 2, 0.0),
        _ZERO,
        "dead-units",
    ),
    _same(
        "one hidden layer 0.02",
        partial(one_layer_constant, WIDE.format(5, "relu"), 2, 0.02),
        "duplicate-units",
    ),
)
"""Models with a defect of units."""
