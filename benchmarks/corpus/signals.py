"""Planted defects of the signal: SIG001 to SIG005."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from corpus.drawn import drawn, weights
from corpus.entry import Built, Entry, defect
from corpus.schemes import Sum, default, filled, labelled

WIDE = "mlp:depth={},width=128,activation={}"


def one_layer(depth: int, at: int, factor: float, activation: str = "relu") -> Built:
    """He's weights, one layer of them times a factor."""
    model, args, options = filled(WIDE.format(depth, activation), "he_normal")
    weights(model)[at].mul_(factor)
    return model, args, options


def block() -> nn.Module:
    """A normalized residual branch of two layers."""
    return Sum(nn.LayerNorm(64), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 64))


def layers_between(blocks: int, std: float, *, layers: int = 1) -> Built:
    """Layers of a given std halfway in a residual stream, on no branch."""
    halves = [[block() for _ in range(blocks // 2)] for _ in range(2)]
    between = [drawn(nn.Linear(64, 64), std) for _ in range(layers)]
    model = nn.Sequential(*halves[0], *between, *halves[1], nn.Linear(64, 10))
    return model, (torch.randn(32, 64),), {}


def one_block(blocks: int, at: int, factor: float) -> Built:
    """A normalized residual stream, the last weight of one branch times a factor."""
    stream = [block() for _ in range(blocks)]
    weights(stream[at])[-1].mul_(factor)
    model = nn.Sequential(*stream, nn.LayerNorm(64), nn.Linear(64, 10))
    return model, (torch.randn(32, 64),), {}


def one_projection(factor: float) -> Built:
    """GPT-2 of six layers, one packed projection times a factor."""
    import transformers

    config = transformers.GPT2Config(
        n_layer=6, n_embd=64, n_head=4, vocab_size=200, n_positions=64, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    model: Any = transformers.GPT2LMHeadModel(config)
    model.train(False)
    model.transformer.h[3].attn.c_attn.weight.data.mul_(factor)
    ids = torch.randint(5, 200, (4, 32))
    return model, (), {"input_ids": ids, "labels": ids}


class Ratio(nn.Module):
    """Standardization over the batch without an epsilon; one feature is constant."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(32, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Divide by a deviation that is zero for a dead feature."""
        h = torch.relu(self.first(x))
        h = torch.cat([h[:, 1:], torch.zeros_like(h[:, :1])], 1)
        y: Tensor = self.last(h / h.pow(2).mean(0).sqrt())
        return y


class Logarithm(nn.Module):
    """log(relu(x)): minus infinity for half of the units."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(32, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Take a logarithm of zeros."""
        y: Tensor = self.last(torch.log(torch.relu(self.first(x))))
        return y


class Exponent(nn.Module):
    """exp without a maximum taken away, on large logits."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(32, 32), nn.Linear(32, 10)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """A softmax by hand."""
        raised = torch.exp(self.scale * self.first(x))
        y: Tensor = self.last(raised / raised.sum(-1, keepdim=True))
        return y


def small(model: nn.Module) -> Built:
    """A module on 64 vectors of 32."""
    return model, (torch.randn(64, 32),), {}


def normalized_range(std: float) -> Built:
    """A layer far off, and a normalization behind it that makes float32 forget it."""
    first, norm = drawn(nn.Linear(64, 64), std), nn.LayerNorm(64, eps=0.0)
    x = torch.randn(64, 64)
    return nn.Sequential(first, norm, nn.ReLU(), nn.Linear(64, 10)), (x,), labelled(x, 10)


class Attention(nn.Module):
    """Attention in plain products, with queries and keys of a given std."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.query, self.key = (drawn(nn.Linear(64, 64), std) for _ in range(2))
        self.value = nn.Linear(64, 64)

    def forward(self, x: Tensor) -> Tensor:
        """Attend without masks."""
        logits = self.query(x) @ self.key(x).transpose(1, 2) / 8
        y: Tensor = logits.softmax(-1) @ self.value(x)
        return y


def attention_range(factor: float) -> Built:
    """Queries and keys so large that their product leaves float16, though neither does."""
    model = nn.Sequential(Sum(nn.LayerNorm(64), Attention(factor)), nn.Linear(64, 10))
    return model, (torch.randn(8, 16, 64),), {}


def half_overflow() -> Built:
    """A model in float16 whose sums leave its range."""
    first = drawn(nn.Linear(64, 64), 5e3)
    model = nn.Sequential(first, nn.ReLU(), nn.LayerNorm(64), nn.Linear(64, 10))
    return model.half(), (torch.randn(64, 64).half(),), {}


def biased(depth: int, sigma_w: float, sigma_b: float, activation: str = "tanh") -> Built:
    """Weights and biases of given scales: the ordered phase if biases are large."""
    model, args, options = default(WIDE.format(depth, activation))
    for tensor in model.parameters():
        if tensor.dim() > 1:
            nn.init.normal_(tensor, std=sigma_w / tensor.shape[1] ** 0.5)
        else:
            nn.init.normal_(tensor, std=sigma_b)
    return model, args, options


def below_eps(depth: int, norm: type[nn.Module], *, bias: bool = False) -> Built:
    """Weights so small that the eps of the normalization behind them outweighs their signal."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layer = nn.Linear(64, 64, bias=bias)
        nn.init.normal_(layer.weight, std=1e-5)
        layers += [layer, norm(64), nn.ReLU()]
    x = torch.randn(64, 64)
    return nn.Sequential(*layers, nn.Linear(64, 10)), (x,), labelled(x, 10)


def constant_input() -> Built:
    """A first bias a thousand times the signal."""
    model, args, options = filled(WIDE.format(6, "tanh"), "glorot_normal")
    first = next(each for each in model.parameters() if each.dim() == 1)
    nn.init.normal_(first, std=1e3)
    return model, args, options


def overflowing() -> Built:
    """Weights whose products leave float32."""
    return filled(WIDE.format(6, "relu"), "normal(std=1e8)")


_DEEP = "vanishing-gradient gain-mismatch collapsed-correlation"
_vanish = partial(defect, "vanishing-signal")
_explode = partial(defect, "exploding-signal")
_infinite = partial(defect, "non-finite-signal")
_half = partial(defect, "half-precision-range")
_same = partial(defect, "collapsed-correlation")

ENTRIES: tuple[Entry, ...] = (
    _vanish(
        "Xavier under ReLU, depth 30",
        partial(filled, WIDE.format(30, "relu"), "glorot_normal"),
        "gain-mismatch",
    ),
    _vanish(
        "PyTorch's default under ReLU, depth 30", partial(default, WIDE.format(30, "relu")), _DEEP
    ),
    _vanish("PyTorch's default convnet, depth 24", partial(default, "convnet:depth=24"), _DEEP),
    _vanish(
        "std 0.01 under tanh, depth 10",
        partial(filled, WIDE.format(10, "tanh"), "normal(std=0.01)"),
    ),
    _vanish(
        "std 0.05 under GELU, depth 16",
        partial(filled, WIDE.format(16, "gelu"), "normal(std=0.05)"),
    ),
    _vanish(
        "Xavier convnet under ReLU, depth 24",
        partial(filled, "convnet:depth=24", "glorot_normal"),
        "gain-mismatch",
    ),
    _vanish("std 1e-5 under layer norm's eps", partial(below_eps, 10, nn.LayerNorm)),
    _vanish("std 1e-5 under batch norm's eps", partial(below_eps, 10, nn.BatchNorm1d)),
    _vanish(
        "std 1e-5 under batch norm's eps, with biases",
        partial(below_eps, 10, nn.BatchNorm1d, bias=True),
        "vanishing-gradient",  # biases hold the second moment
    ),
    _vanish("one layer of thirty times 1e-3", partial(one_layer, 30, 15, 1e-3)),
    _vanish("one layer of six times 1e-4", partial(one_layer, 6, 3, 1e-4)),
    _explode(
        "He times 2, depth 30",
        partial(filled, WIDE.format(30, "relu"), "he_normal", gain=2.0),
        "gain-mismatch",
    ),
    _explode(
        "He times 1.4, depth 30",
        partial(filled, WIDE.format(30, "relu"), "he_normal", gain=1.4),
        "gain-mismatch",
    ),
    _explode(
        "std 1 under ReLU, depth 5",
        partial(filled, WIDE.format(5, "relu"), "normal(std=1)"),
        "output-scale",
    ),
    _explode(
        "orthogonal times 2 under ReLU, depth 30",
        partial(filled, WIDE.format(30, "relu"), "orthogonal", gain=2.0),
        "gain-mismatch",
    ),
    _explode(
        "convnet, He times 1.6, depth 20",
        partial(filled, "convnet:depth=20", "he_normal", gain=1.6),
        "gain-mismatch",
    ),
    _explode("one layer of thirty times 1e3", partial(one_layer, 30, 15, 1e3), "output-scale"),
    _vanish("one layer of std 1e-3 between residual blocks", partial(layers_between, 8, 1e-3)),
    _vanish(
        "two layers of std 1e-4 between residual blocks",
        partial(layers_between, 8, 1e-4, layers=2),
        "collapsed-correlation",  # their biases outgrow what differs
    ),
    _explode("one layer of std 10 between residual blocks", partial(layers_between, 8, 10.0)),
    _explode(
        "two layers of std 3 between residual blocks", partial(layers_between, 8, 3.0, layers=2)
    ),
    _explode("one residual block of 12 times 100", partial(one_block, 12, 8, 100.0)),
    _explode("one residual block of 24 times 100", partial(one_block, 24, 16, 100.0)),
    _explode("GPT-2, one projection of six times 50", partial(one_projection, 50.0)),
    _infinite("weights whose products overflow", overflowing, "exploding-signal"),
    _infinite("division by a deviation of zero", lambda: small(Ratio())),
    _infinite("logarithm of zero", lambda: small(Logarithm())),
    _infinite("exponentials of large logits", lambda: small(Exponent(400.0))),
    _half("sums of 1e5 before a normalization", partial(normalized_range, 2e4), level="info"),
    _half("sums of 1e-10 before a normalization", partial(normalized_range, 1e-11), level="info"),
    _half(
        "attention logits beyond float16",
        partial(attention_range, 30.0),
        companions="saturated-units no-gradient",
        level="info",
    ),
    _half("sums that overflow in float16", half_overflow, "non-finite-signal"),
    _same("ordered phase, tanh, depth 20", partial(biased, 20, 0.5, 1.0)),
    _same("ordered phase, tanh, depth 40", partial(biased, 40, 0.9, 0.5)),
    _same(
        "sigmoid, Xavier, depth 12",
        partial(filled, WIDE.format(12, "sigmoid"), "glorot_normal"),
        "vanishing-gradient",
    ),
    _same("a first bias far above the signal", constant_input, "saturated-units"),
    _same(
        "ReLU with biases of std 30, depth 8",
        partial(biased, 8, 2**0.5, 30.0, "relu"),
        accepted="dead-units",  # of the same biases
        companions="output-scale",
    ),
)
"""Models with a defect of the signal."""
