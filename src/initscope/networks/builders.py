"""How each built-in network is made, with an example of what it is called with."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from initscope.errors import InputError, unknown
from initscope.networks.drawing import PYTORCH, draw_, drawer
from initscope.networks.layers import (
    NORMS,
    NORMS_OF_IMAGES,
    POOLINGS,
    Attention,
    LastStep,
    MeanStep,
    Positions,
    Residual,
    made,
)

BATCH = 32
"""Inputs of an example."""

_CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


def mlp(
    *,
    depth: int = 3,
    width: int = 64,
    inputs: int = 64,
    outputs: int = 10,
    activation: str = "relu",
    norm: str = "none",
    residual: bool = False,
    branch_scale: float = 1.0,
    dropout: float = 0.0,
    init: str = PYTORCH,
    bias_std: float = 0.0,
    input_second_moment: float = 1.0,
    input_correlation: float = 0.0,
) -> tuple[nn.Module, Tensor]:
    """A perceptron: linear, normalization, activation, `depth` times, and a linear head."""
    _require(NORMS, "norm", norm)
    if input_correlation > 1:
        raise InputError(f"mlp: input_correlation is {input_correlation:g}, expected at most 1")
    linear = drawer(init, bias_std)
    layers: list[nn.Module] = []
    for index in range(depth):
        fan_in = inputs if index == 0 else width
        block = nn.Sequential(linear(fan_in, width), NORMS[norm](width), made(activation))
        if dropout:
            block.append(nn.Dropout(dropout))
        layers.append(Residual(block, branch_scale) if residual and index else block)
    model = nn.Sequential(*layers, linear(width if depth else inputs, outputs))
    draw_(model, init, bias_std)
    return model, _alike(_normal(BATCH, inputs), input_correlation) * input_second_moment**0.5


def convnet(
    *,
    depth: int = 6,
    channels: int = 32,
    kernel: int = 3,
    size: int = 16,
    inputs: int = 3,
    outputs: int = 10,
    activation: str = "relu",
    norm: str = "none",
    residual: bool = False,
    pooling: str = "mean",
) -> tuple[nn.Module, Tensor]:
    """Convolutions that keep the size, a mean over positions, and a linear head."""
    _require(NORMS_OF_IMAGES, "norm", norm)
    _require(POOLINGS, "pooling", pooling)
    layers: list[nn.Module] = []
    for index in range(depth):
        fan_in = inputs if index == 0 else channels
        block = nn.Sequential(
            nn.Conv2d(fan_in, channels, kernel, padding="same"),
            NORMS_OF_IMAGES[norm](channels),
            made(activation),
        )
        layers.append(Residual(block) if residual and index else block)
    positions = size * size if pooling == "none" else 1
    seen = (channels if depth else inputs) * positions
    model = nn.Sequential(*layers, POOLINGS[pooling](), nn.Flatten(), nn.Linear(seen, outputs))
    return model, _normal(BATCH, inputs, size, size)


def rnn(
    *,
    cell: str = "lstm",
    layers: int = 1,
    hidden: int = 64,
    inputs: int = 8,
    outputs: int = 10,
    length: int = 32,
) -> tuple[nn.Module, Tensor]:
    """A recurrent network over a sequence, and a linear head on its last step."""
    _require(_CELLS, "cell", cell)
    recurrent = _CELLS[cell](inputs, hidden, layers, batch_first=True)
    return nn.Sequential(LastStep(recurrent), nn.Linear(hidden, outputs)), _normal(
        BATCH, length, inputs
    )


def transformer(
    *,
    depth: int = 4,
    width: int = 64,
    heads: int = 4,
    vocabulary: int = 256,
    length: int = 32,
    activation: str = "gelu",
) -> tuple[nn.Module, Tensor]:
    """A decoder with normalization in front of each branch, and a head over the vocabulary."""
    model = nn.Sequential(
        nn.Embedding(vocabulary, width),
        Positions(length, width),
        *_blocks("transformer", depth, width, heads, activation, causal=True),
        nn.LayerNorm(width),
        nn.Linear(width, vocabulary, bias=False),
    )
    generator = torch.Generator().manual_seed(0)
    return model, torch.randint(vocabulary, (BATCH // 4, length), generator=generator)


def encoder(
    *,
    depth: int = 2,
    width: int = 32,
    heads: int = 4,
    inputs: int = 8,
    outputs: int = 10,
    length: int = 32,
    activation: str = "gelu",
) -> tuple[nn.Module, Tensor]:
    """An encoder of vectors, normalization in front of each branch, and a head on their mean."""
    model = nn.Sequential(
        nn.Linear(inputs, width),
        Positions(length, width),
        *_blocks("encoder", depth, width, heads, activation, causal=False),
        nn.LayerNorm(width),
        MeanStep(),
        nn.Linear(width, outputs),
    )
    return model, _normal(BATCH, length, inputs)


def _blocks(
    name: str, depth: int, width: int, heads: int, activation: str, *, causal: bool
) -> list[nn.Module]:
    """Return the residual branches of a transformer: attention and feed-forward, in turn."""
    if width % heads:
        raise InputError(f"{name}: width {width} is not a multiple of heads {heads}")
    blocks: list[nn.Module] = []
    for _ in range(depth):
        attention = nn.Sequential(nn.LayerNorm(width), Attention(width, heads, causal=causal))
        feed = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 4 * width),
            made(activation),
            nn.Linear(4 * width, width),
        )
        blocks += [Residual(attention), Residual(feed)]
    return blocks


def _normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _alike(x: Tensor, correlation: float) -> Tensor:
    """Give inputs a part in common, so that any two have this correlation."""
    if not correlation:
        return x
    common = torch.randn(x.shape[1], generator=torch.Generator().manual_seed(1))
    mixed: Tensor = correlation**0.5 * common + (1 - correlation) ** 0.5 * x
    return mixed


def _require(known: Mapping[str, object], what: str, name: str) -> None:
    if name not in known:
        raise unknown(what, name, known)
