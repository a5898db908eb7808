"""Small models with planted weights and biases, from torch alone."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

from initscope.networks import build
from initscope.planning import init_, plan
from initscope.rules.examples import WIDTH, Built, deep, healthy_deep

BATCH = 32


def holding(value: float) -> Built:
    """A healthy perceptron one of whose weights holds a value that no one drew."""
    model, args, options = healthy_deep("relu", 3)
    with torch.no_grad():
        _matrices(model)[1].view(-1)[::16] = value
    return model, args, options


def offset(std: float) -> Built:
    """A perceptron of one hidden layer with large weights."""
    return deep("relu", 1, f"normal(std={std!r})")


def biased(activation: str, depth: int, share: float, value: float) -> Built:
    """A healthy perceptron; a share of the units of every hidden layer has another bias."""
    model, args, options = healthy_deep(activation, depth)
    for layer in _layers(model)[:-1]:
        _shift(layer, share, value)
    return model, args, options


def one_biased(activation: str, depth: int) -> Built:
    """A healthy perceptron with one layer in the middle whose biases are far below zero."""
    model, args, options = healthy_deep(activation, depth)
    _shift(_layers(model)[depth // 2], 1.0, -50.0)
    return model, args, options


def copied_channels() -> Built:
    """A convolutional network in which the second half of all channels repeats the first."""
    built = build("convnet:depth=3")
    half = 16
    with torch.no_grad():
        for tensor in built.model.parameters():
            if len(tensor) == 2 * half:
                tensor[half:] = tensor[:half]
            if tensor.dim() > 1 and tensor.shape[1] == 2 * half:
                tensor[:, half:] = tensor[:, :half]
    return built.model, (built.example,), {}


def zero_layer(activation: str) -> Built:
    """A healthy perceptron with zeros in the middle."""
    model, args, options = healthy_deep(activation, 3)
    with torch.no_grad():
        _matrices(model)[1].zero_()
    return model, args, options


def residual(initializer: str, depth: int, activation: str = "relu", norm: str = "none") -> Built:
    """Residual blocks, each of one linear layer and one activation."""
    text = f"mlp:depth={depth},width={WIDTH},activation={activation},norm={norm},residual=true"
    built = build(text)
    if initializer == "zeros":
        plan(built.model, "auto", built.example).apply(built.model, seed=0)
        _silence(built.model)
    elif initializer == "auto":
        plan(built.model, "auto", built.example).apply(built.model, seed=0)
    else:
        init_(built.model, initializer, seed=0)
    return built.model, (built.example,), {}


def zero_branches() -> Built:
    """Residual blocks of tanh whose last weight is zero."""
    return residual("zeros", 5, "tanh")


def sines() -> Built:
    """Two layers of sines with the frequencies of SIREN."""
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(nn.Linear(2, WIDTH), _Sine(), nn.Linear(WIDTH, WIDTH), _Sine())
    model.append(nn.Linear(WIDTH, 1))
    limits = (30 / 2, math.sqrt(6 / WIDTH), math.sqrt(6 / WIDTH))
    for weight, limit in zip(_matrices(model), limits, strict=True):
        nn.init.uniform_(weight, -limit, limit, generator=generator)
    return model, (torch.rand(BATCH, 2, generator=generator) * 2 - 1,), {}


def lora() -> Built:
    """A linear layer with an adapter of low rank, whose second factor is zero."""
    return _seeded(_Adapted), (_normal(BATCH, WIDTH),), {}


def depthwise(*, wrong: bool) -> Built:
    """Depthwise convolutions without normalization, scaled by one channel or by all of them."""
    channels, kernel, blocks = 32, 7, 3
    generator = torch.Generator().manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(3, channels, 1)]
    for _ in range(blocks):
        layers += [
            nn.Conv2d(channels, channels, kernel, padding="same", groups=channels),
            nn.ReLU(),
        ]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            fan = kernel**2 * (channels if wrong else 1) if layer.groups > 1 else 3
            nn.init.normal_(layer.weight, std=math.sqrt(2 / fan), generator=generator)
    return model, (_normal(8, 3, 16, 16),), {}


def one_std(std: float) -> Built:
    """Depthwise convolutions, a stem and a head whose every weight has one std."""
    model, args, options = depthwise(wrong=False)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.normal_(layer.weight, std=std, generator=torch.Generator().manual_seed(0))
    return model, args, options


def upsampling(*, wrong: bool) -> Built:
    """Strided transposed convolutions, He by the fan in or by what torch takes for it."""
    generator = torch.Generator().manual_seed(0)
    layers: list[nn.Module] = []
    for inner, outer in ((16, 64), (64, 256)):
        layer = nn.ConvTranspose2d(inner, outer, 4, 2, 1)
        fan = outer * 16 if wrong else inner * 4  # a stride of 2 leaves 4 of 16 places to each
        nn.init.normal_(layer.weight, std=math.sqrt(2 / fan), generator=generator)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(256, 3, 1)), (_normal(8, 16, 4, 4),), {}


def stored_transposed(*, wrong: bool = False) -> Built:
    """Blocks of two weights stored as (in, out), one wide and one narrow, scaled by He."""
    shapes = [(WIDTH, 8 * WIDTH), (8 * WIDTH, WIDTH)] * 3
    generator = torch.Generator().manual_seed(0)
    layers: list[nn.Module] = []
    for inputs, outputs in shapes:
        std = math.sqrt(2 / (outputs if wrong else inputs))
        layers += [_Stored(torch.randn(inputs, outputs, generator=generator) * std), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(WIDTH, 10)), (_normal(BATCH, WIDTH),), {}


def packed(initializer: str) -> Built:
    """A transformer whose packed projections come from an initializer that sees one matrix."""
    built = build("transformer:depth=6,width=64")
    plan(built.model, "auto", built.example).apply(built.model, seed=0)
    generator = torch.Generator().manual_seed(0)
    for name, module in built.model.named_modules():
        if name.endswith("qkv") and isinstance(module, nn.Linear):
            rows = sum(module.weight.shape) / 2 if initializer else 3 * module.in_features
            limit = math.sqrt(3 / rows)
            nn.init.uniform_(module.weight, -limit, limit, generator=generator)
    return built.model, (built.example,), {}


def encoder() -> Built:
    """PyTorch's encoder, which copies the layer that it is given."""

    def make() -> nn.Module:
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 2 * WIDTH, dropout=0.0, batch_first=True)
        return nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)

    return _seeded(make), (_normal(8, 16, WIDTH),), {}


def seeded() -> Built:
    """A perceptron before each of whose layers someone set the seed."""
    layers = [layer for _ in range(4) for layer in (_seeded(_square), nn.Tanh())]
    return (
        nn.Sequential(*layers, _seeded(lambda: nn.Linear(WIDTH, 10))),
        (_normal(BATCH, WIDTH),),
        {},
    )


def tied() -> Built:
    """One layer that runs four times."""
    layer = _seeded(_square)
    names = OrderedDict((f"step{index}", layer) for index in range(4))
    return nn.Sequential(names), (_normal(BATCH, WIDTH),), {}


def recurrent(cell: str, std: float | None = None, forget: float | None = None) -> Built:
    """A recurrent layer whose recurrent matrix, or forget gate, was set."""
    built = build(f"rnn:cell={cell}")
    generator = torch.Generator().manual_seed(0)
    for name, tensor in built.model.named_parameters():
        if std is not None and "weight_hh" in name:
            nn.init.normal_(tensor, std=std, generator=generator)
        if forget is not None and "bias_ih" in name:
            with torch.no_grad():
                tensor[len(tensor) // 4 : len(tensor) // 2] = forget
    return built.model, (built.example,), {}


def loud_sequences(cell: str, factor: float) -> Built:
    """A recurrent layer on sequences that nobody normalized."""
    model, (x,), options = recurrent(cell)
    return model, (factor * x,), options


def long_memory(steps: float) -> Built:
    """An LSTM whose biases keep memories for up to a number of steps."""
    built = build("rnn:cell=lstm")
    plan(built.model, f"chrono(steps={steps:g})", built.example).apply(built.model, seed=0)
    return built.model, (built.example,), {}


class _Sine(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(x)


class _Stored(nn.Module):
    """x W with W stored as (in, out)."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(values)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


class _Adapted(nn.Module):
    def __init__(self, rank: int = 4) -> None:
        super().__init__()
        self.base = nn.Linear(WIDTH, WIDTH)
        self.down = nn.Linear(WIDTH, rank, bias=False)
        self.up = nn.Linear(rank, WIDTH, bias=False)
        nn.init.zeros_(self.up.weight)
        self.base.weight.requires_grad = False

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.base(x) + self.up(self.down(x))
        return found


def _square() -> nn.Module:
    return nn.Linear(WIDTH, WIDTH)


def _seeded(make: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make()


def _normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _layers(model: nn.Module) -> list[nn.Linear]:
    return [module for module in model.modules() if isinstance(module, nn.Linear)]


def _matrices(model: nn.Module) -> list[Tensor]:
    return [layer.weight for layer in _layers(model)]


def _shift(layer: nn.Linear, share: float, value: float) -> None:
    with torch.no_grad():
        layer.bias[: round(share * len(layer.bias))] = value


def _silence(model: nn.Module) -> None:
    """Set the weights of all residual branches to zero."""
    with torch.no_grad():
        for weight in _matrices(model)[1:-1]:
            weight.zero_()
