"""Small models on which rules fire or stay quiet, from torch alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from initscope.networks import build
from initscope.planning import init_, plan
from initscope.rules.rule import Example

Built = tuple[nn.Module, tuple[Any, ...], Mapping[str, Any]]

WIDTH = 64


def example(name: str, build: Callable[[], Built]) -> Example:
    """Name a model."""
    return Example(name, build)


def deep(activation: str, depth: int, initializer: str, width: int = WIDTH) -> Built:
    """A perceptron whose every weight comes from one initializer."""
    built = build(f"mlp:depth={depth},width={width},activation={activation}")
    init_(built.model, initializer, seed=0)
    return built.model, (built.example,), {}


def healthy_deep(activation: str, depth: int) -> Built:
    """A perceptron at the critical point of its activation."""
    built = build(f"mlp:depth={depth},width={WIDTH},activation={activation}")
    plan(built.model, "auto", built.example).apply(built.model, seed=0)
    return built.model, (built.example,), {}


def halves(activation: str, depth: int) -> Built:
    """A perceptron in which the second half of every layer's units repeats the first."""
    model, args, options = healthy_deep(activation, depth)
    for tensor in model.parameters():
        if tensor.dim() == 2 and tensor.shape[0] == WIDTH:
            _repeat(tensor)
    return model, args, options


def zero_head() -> Built:
    """A healthy perceptron whose last weight is zero."""
    model, args, options = healthy_deep("relu", 3)
    with torch.no_grad():
        list(model.parameters())[-2].zero_()
    return model, args, options


def _repeat(weight: Tensor) -> None:
    """Copy units, and make what reads them read both halves alike."""
    half = weight.shape[0] // 2
    with torch.no_grad():
        weight[half:] = weight[:half]
        if weight.shape[1] == WIDTH:
            weight[:, half:] = weight[:, :half]


def default(activation: str, depth: int) -> Built:
    """A perceptron as PyTorch initializes it."""
    built = build(f"mlp:depth={depth},width={WIDTH},activation={activation}")
    return built.model, (built.example,), {}


def odd_layer(activation: str, depth: int, factor: float) -> Built:
    """A healthy perceptron whose middle layer has weights of another scale."""
    model, args, options = healthy_deep(activation, depth)
    with torch.no_grad():
        list(model.parameters())[depth // 2 * 2].mul_(factor)
    return model, args, options


def normalized(depth: int, *, residual: bool = False) -> Built:
    """A perceptron with batch normalization in every layer."""
    built = build(f"mlp:depth={depth},width={WIDTH},norm=batch,residual={residual}")
    return built.model, (built.example,), {}


def below_eps(depth: int, std: float) -> Built:
    """A perceptron with batch normalization behind weights of one std, small enough or not."""
    model, args, options = normalized(depth)
    for layer in model.modules():
        if isinstance(layer, nn.Linear) and layer.out_features == WIDTH:
            nn.init.normal_(layer.weight, std=std, generator=torch.Generator().manual_seed(0))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return model, args, options


def transformer(depth: int) -> Built:
    """A decoder as PyTorch initializes it."""
    built = build(f"transformer:depth={depth}")
    return built.model, (built.example,), {}


def recipe(activation: str, depth: int, sigma_w: float, sigma_b: float) -> Built:
    """A perceptron of mean-field theory: weights of variance sigma_w^2 / n, random biases."""
    model, args, options = default(activation, depth)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for tensor in model.parameters():
            scale = sigma_w / tensor.shape[1] ** 0.5 if tensor.dim() > 1 else sigma_b
            tensor.copy_(scale * torch.randn(tensor.shape, generator=generator))
    return model, args, options


def alike() -> Built:
    """A healthy perceptron, on inputs that are one input."""
    model, args, options = healthy_deep("relu", 10)
    return model, (args[0][:1] + 1e-4 * args[0],), options


def scaled_head(factor: float) -> Built:
    """A healthy perceptron with a last weight of another scale."""
    model, args, options = healthy_deep("relu", 3)
    with torch.no_grad():
        list(model.parameters())[-2].mul_(factor)
    return model, args, options


def classifier(factor: float) -> Built:
    """The same with a cross entropy behind it."""
    model, args, options = scaled_head(factor)
    targets = torch.arange(len(args[0])) % 10
    return model, args, {**options, "loss": lambda out: functional.cross_entropy(out, targets)}


def half(size: float) -> Built:
    """A perceptron in half precision, whose hidden values have a largest one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        first, last = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 10)
    inputs = torch.randn(32, WIDTH, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        first.weight.mul_(size / first(inputs).abs().amax())
    model = nn.Sequential(first, nn.ReLU(), nn.LayerNorm(WIDTH), last)
    return model.half(), (inputs.half(),), {}


class Mapped(nn.Module):
    """A linear layer, a function, and a linear layer."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.first = nn.Linear(WIDTH, WIDTH)
            self.second = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function between the layers."""
        hidden: Tensor = self.second(self.function(self.first(x)))
        return hidden


_FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "log": torch.log,
    "sqrt": lambda x: functional.relu(x).sqrt(),
    "power": lambda x: functional.relu(x) ** 0.5,
    "detach": lambda x: x.detach(),
    "dead": lambda x: functional.relu(x - 100.0),
}


def mapped(function: Callable[[Tensor], Tensor]) -> Built:
    """Two linear layers with a function between them."""
    inputs = torch.randn(32, WIDTH, generator=torch.Generator().manual_seed(0))
    return Mapped(function), (inputs,), {}


def rooted(function: str) -> Built:
    """Two linear layers with a function that has no finite value, or slope, everywhere."""
    return mapped(_FUNCTIONS[function])


def detached() -> Built:
    """A hidden layer that no gradient reaches."""
    return mapped(_FUNCTIONS["detach"])


def dead() -> Built:
    """A hidden layer whose units are off for every input."""
    return mapped(_FUNCTIONS["dead"])


def unused() -> Built:
    """A model with a layer that it does not call."""
    model, args, options = mapped(functional.relu)
    model.add_module("spare", nn.Linear(4, 4))
    return model, args, options


class MaskedAttention(nn.Module):
    """Attention written out, with minus infinity in the upper triangle of its scores."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.pack = nn.Linear(WIDTH, 3 * WIDTH)
            self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """Attend to what came before."""
        query, key, value = self.pack(x).chunk(3, dim=-1)
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        scores = (query @ key.transpose(1, 2) / WIDTH**0.5).masked_fill(later, -torch.inf)
        mixed: Tensor = self.out(scores.softmax(-1) @ value)
        return mixed


def masked_attention() -> Built:
    """Attention with a causal mask of minus infinity."""
    inputs = torch.randn(4, 8, WIDTH, generator=torch.Generator().manual_seed(0))
    return MaskedAttention(), (inputs,), {}


class Scaled(nn.Module):
    """A residual branch times one trained number, zero at first."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))
        self.scale = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """Add the scaled branch."""
        mixed: Tensor = x + self.scale * self.branch(x)
        return mixed


def rezero() -> Built:
    """Residual branches behind scalars that are zero."""
    inputs = torch.randn(32, WIDTH, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(*(Scaled() for _ in range(4)), nn.Linear(WIDTH, 10))
    return model, (inputs,), {}


class Adapted(nn.Module):
    """A frozen layer and a low-rank correction, whose second factor is zero at first."""

    def __init__(self) -> None:
        super().__init__()
        self.base = nn.Linear(WIDTH, WIDTH).requires_grad_(requires_grad=False)
        self.down = nn.Linear(WIDTH, 4, bias=False)
        self.up = nn.Linear(4, WIDTH, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Add the correction."""
        mixed: Tensor = self.base(x) + self.up(self.down(x))
        return mixed


def adapter() -> Built:
    """Low-rank adapters as they begin."""
    inputs = torch.randn(32, WIDTH, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(Adapted(), nn.ReLU(), Adapted()), (inputs,), {}
