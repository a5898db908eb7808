"""Planted defects of parameters: PAR002 to PAR007."""

from __future__ import annotations

import copy
import itertools
from functools import partial

import torch
from torch import Tensor, nn

from corpus.drawn import drawn, he
from corpus.entry import Built, Entry, defect
from corpus.schemes import Sum, default, filled, labelled
from corpus.signals import WIDE


def depthwise(blocks: int) -> Built:
    """Separable convolutions; the depthwise weights' fan is taken over all channels."""
    layers: list[nn.Module] = [he(nn.Conv2d(3, 64, 3, padding=1)), nn.ReLU()]
    for _ in range(blocks):
        deep = drawn(nn.Conv2d(64, 64, 3, padding=1, groups=64), (2 / (9 * 64)) ** 0.5)
        layers += [deep, nn.ReLU(), he(nn.Conv2d(64, 64, 1)), nn.ReLU()]
    x = torch.randn(8, 3, 16, 16)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)
    return nn.Sequential(*layers, *head), (x,), labelled(x, 10)


def transposed_convolutions() -> Built:
    """A decoder of strided transposed convolutions, He by the wrong side."""
    layers: list[nn.Module] = []
    for inner, outer in ((16, 64), (64, 256), (256, 1024)):
        layer = nn.ConvTranspose2d(inner, outer, 4, 2, 1)
        layers += [drawn(layer, (2 / (outer * 16)) ** 0.5), nn.ReLU()]
    return nn.Sequential(*layers[:-1]), (torch.randn(8, 16, 4, 4),), {}


class Swapped(nn.Module):
    """Weights stored (in, out), as GPT-2's Conv1D."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.kaiming_normal_(self.weight)  # takes dimension 1 for the inputs

    def forward(self, x: Tensor) -> Tensor:
        """Multiply from the right."""
        return x @ self.weight + self.bias


def swapped_layout() -> Built:
    """A perceptron of widths 64 and 1024 in the layout of Conv1D, He by torch's fans."""
    widths = (64, 1024, 64, 1024, 64)
    layers: list[nn.Module] = []
    for inner, outer in itertools.pairwise(widths):
        layers += [Swapped(inner, outer), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 10)), (torch.randn(32, 64),), {}


def packed(heads: int) -> Built:
    """Query, key and value in one weight, Xavier over all of its rows as one fan out."""

    class Packed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.qkv, self.out = nn.Linear(128, 128 * 3 * heads), nn.Linear(128 * heads, 128)
            nn.init.xavier_normal_(self.qkv.weight)
            nn.init.xavier_normal_(self.out.weight)

        def forward(self, x: Tensor) -> Tensor:
            query, key, value = self.qkv(x).chunk(3, -1)
            mixed = nn.functional.scaled_dot_product_attention(query, key, value)
            y: Tensor = self.out(mixed)
            return y

    blocks = [Sum(nn.LayerNorm(128), Packed()) for _ in range(4)]
    return nn.Sequential(*blocks, nn.Linear(128, 10)), (torch.randn(8, 16, 128),), {}


def copied_encoder(depth: int) -> Built:
    """nn.TransformerEncoder as torch makes it: every layer is a copy of the first."""
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, dropout=0.0)
    model = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
    return model, (torch.randn(8, 16, 64),), {}


def copied_layers(copies: int) -> Built:
    """A perceptron some of whose layers are deep copies."""
    model, args, options = filled(WIDE.format(6, "relu"), "he_normal", classes=10)
    layers = list(model.children())
    for index in range(2, 2 + copies):
        layers[index] = copy.deepcopy(layers[1])
    model = nn.Sequential(*layers)
    return model, args, options


def reseeded() -> Built:
    """Blocks that each set the seed before they draw."""
    blocks = []
    for _ in range(4):
        torch.manual_seed(42)
        blocks.append(Sum(nn.LayerNorm(64), nn.Linear(64, 128), nn.GELU(), nn.Linear(128, 64)))
    return nn.Sequential(*blocks, nn.Linear(64, 10)), (torch.randn(32, 64),), {}


def spoiled(value: float, *, bias: bool = False, entries: int = 1) -> Built:
    """A few entries of one parameter are not numbers, or infinite."""
    model, args, options = filled(WIDE.format(4, "relu"), "he_normal", classes=10)
    chosen = list(model.parameters())[3 if bias else 2]
    chosen.data.view(-1)[:entries] = value
    return model, args, options


def denormal() -> Built:
    """A weight from torch.empty: mostly zeros and denormals, and three enormous numbers."""
    model, args, options = filled(WIDE.format(3, "relu"), "he_normal", classes=10)
    weight = list(model.parameters())[2].data
    weight.copy_(torch.rand_like(weight) * 1e-40)
    weight.view(-1)[[100, 2000, 3000]] = torch.tensor([3e38, -1e37, 2e30])
    return model, args, options


def uninitialized() -> Built:
    """A weight from torch.empty: denormals, huge numbers, whatever lay there."""
    model, args, options = filled(WIDE.format(3, "relu"), "he_normal", classes=10)
    weight = list(model.parameters())[2]
    bits = torch.randint(-(2**31), 2**31 - 1, weight.shape, dtype=torch.int64).to(torch.int32)
    weight.data.copy_(bits.view(torch.float32))
    return model, args, options


def unused_nan() -> Built:
    """A parameter that is not a number in a head that this batch does not use."""

    class Heads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.used, self.spare = (nn.Linear(64, 64) for _ in range(3))
            self.spare.weight.data[0, 0] = float("nan")

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.used(torch.relu(self.body(x)))
            return y

    return Heads(), (torch.randn(32, 64),), {}


def residual(depth: int, *, activation: str = "relu") -> Built:
    """Residual branches with He's weights, and nothing that scales them."""
    blocks: list[nn.Module] = []
    for _ in range(depth):
        first, last = he(nn.Linear(64, 64)), he(nn.Linear(64, 64))
        blocks.append(Sum(first, nn.ReLU() if activation == "relu" else nn.GELU(), last))
    x = torch.randn(32, 64)
    return nn.Sequential(*blocks, nn.Linear(64, 10)), (x,), labelled(x, 10)


def residual_images(depth: int) -> Built:
    """Residual convolutions without normalization."""
    blocks: list[nn.Module] = [nn.Conv2d(3, 16, 3, padding=1)]
    for _ in range(depth):
        first, last = (he(nn.Conv2d(16, 16, 3, padding=1)) for _ in range(2))
        blocks.append(Sum(first, nn.ReLU(), last))
    x = torch.randn(8, 3, 16, 16)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)
    return nn.Sequential(*blocks, *head), (x,), labelled(x, 10)


def recurrent(cell: str, std: float, *, layers: int = 1) -> Built:
    """Recurrent matrices of a given std, 64 units, 32 steps."""
    model, args, options = default(f"rnn:cell={cell},layers={layers}")
    for name, tensor in model.named_parameters():
        if "weight_hh" in name:
            nn.init.normal_(tensor, std=std)
    return model, args, options


def orthogonal_recurrent(gain: float) -> Built:
    """Orthogonal recurrent matrices, times a gain."""
    model, args, options = default("rnn:cell=rnn")
    for name, tensor in model.named_parameters():
        if "weight_hh" in name:
            nn.init.orthogonal_(tensor, gain)
    return model, args, options


_fan = partial(defect, "wrong-fan-scale")
_copy = partial(defect, "duplicate-layers")
_spoiled = partial(defect, "non-finite-parameter")
_gain = partial(defect, "gain-mismatch")
_sum = partial(defect, "unscaled-residual", accepted="exploding-signal")
_loop = partial(defect, "recurrent-scale")

ENTRIES: tuple[Entry, ...] = (
    _fan(
        "depthwise convolutions, fan over all channels, 6 blocks",
        partial(depthwise, 6),
        "vanishing-signal",
    ),
    _fan(
        "depthwise convolutions, fan over all channels, 2 blocks",
        partial(depthwise, 2),
    ),
    _fan("transposed convolutions, He by the wrong side", transposed_convolutions),
    _fan("Conv1D's layout, He by torch's fans", swapped_layout),
    _fan("packed QKV, Xavier over all rows", partial(packed, 1), level="info"),
    _fan("packed QKV of 4 wide heads, Xavier over all rows", partial(packed, 4), level="info"),
    _copy("nn.TransformerEncoder, 2 copies", partial(copied_encoder, 2)),
    _copy("nn.TransformerEncoder, 6 copies", partial(copied_encoder, 6)),
    _copy("two layers of six alike", partial(copied_layers, 1)),
    _copy("five layers of six alike", partial(copied_layers, 4)),
    _copy("blocks that set the seed again", reseeded),
    _spoiled("one weight is NaN", partial(spoiled, float("nan"))),
    _spoiled("one bias is infinite", partial(spoiled, float("inf"), bias=True)),
    _spoiled("a hundred weights are minus infinite", partial(spoiled, float("-inf"), entries=100)),
    _spoiled("uninitialized memory, random bits", uninitialized),
    _spoiled(
        "uninitialized memory, denormals and three huge numbers",
        denormal,
        companions="dead-units vanishing-signal",
    ),
    _spoiled("NaN in a head that is not used", unused_nan, companions="no-gradient"),
    _gain(
        "He under tanh, depth 100",
        partial(filled, WIDE.format(100, "tanh"), "he_normal"),
        "exploding-gradient",
    ),
    _gain(
        "He under SELU, depth 20",
        partial(filled, WIDE.format(20, "selu"), "he_normal"),
        "exploding-signal",
        level="info",  # a factor of 24 in the gradient's values
    ),
    _gain(
        "LeCun under ReLU, depth 20",
        partial(filled, WIDE.format(20, "relu"), "lecun_normal"),
        "vanishing-signal",
    ),
    _gain(
        "Xavier under ReLU, depth 12",
        partial(filled, WIDE.format(12, "relu"), "glorot_normal"),
        "vanishing-signal",
        level="info",
    ),
    _gain(
        "LeCun under GELU, depth 20",
        partial(filled, WIDE.format(20, "gelu"), "lecun_normal"),
        "vanishing-signal",
    ),
    _sum("unscaled residual perceptron, 20 blocks", partial(residual, 20)),
    _sum("unscaled residual perceptron, 50 blocks", partial(residual, 50)),
    _sum("unscaled residual perceptron, GELU, 30 blocks", partial(residual, 30, activation="gelu")),
    _sum("unscaled residual convnet, 30 blocks", partial(residual_images, 30)),
    _loop("RNN, std 1", partial(recurrent, "rnn", 1.0)),
    _loop("RNN, std 0.3", partial(recurrent, "rnn", 0.3)),
    _loop("RNN, std 0.01", partial(recurrent, "rnn", 0.01)),
    _loop("RNN, orthogonal times 2", partial(orthogonal_recurrent, 2.0)),
    _loop("LSTM, std 1", partial(recurrent, "lstm", 1.0)),
    _loop("GRU, std 1, 2 layers", partial(recurrent, "gru", 1.0, layers=2)),
)
"""Models with a defect of parameters."""
