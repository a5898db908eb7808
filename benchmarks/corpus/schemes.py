"""Networks of torch.nn with published initialization schemes."""

from __future__ import annotations

import itertools
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from corpus.drawn import drawn, he, weights
from corpus.entry import Built, Entry, healthy
from initscope.networks import build
from initscope.planning import init_, plan


def planned(network: str, scheme: str, *, train: bool = False, classes: int = 0) -> Built:
    """A built-in network under a scheme; with classes, cross-entropy on random labels."""
    built = build(network)
    plan(built.model, scheme, built.example).apply(built.model, seed=_seed())
    return built.model.train(train), (built.example,), labelled(built.example, classes)


def filled(network: str, initializer: str, *, classes: int = 0, gain: float = 1.0) -> Built:
    """A built-in network with every weight from one initializer, times a gain."""
    built = build(network)
    init_(built.model, initializer, seed=_seed())
    for tensor in built.model.parameters():
        if tensor.dim() > 1:
            tensor.data *= gain
    return built.model, (built.example,), labelled(built.example, classes)


def default(network: str, *, train: bool = False, classes: int = 0) -> Built:
    """A built-in network as PyTorch makes it."""
    built = build(network)
    return built.model.train(train), (built.example,), labelled(built.example, classes)


def _seed() -> int:
    """Take a seed from the generator that an entry's own seed has set."""
    return int(torch.randint(2**31, ()))


def labelled(example: Tensor, classes: int) -> dict[str, object]:
    """Cross-entropy with random labels, one for each input."""
    if not classes:
        return {}
    labels = torch.arange(len(example)) % classes
    return {"loss": lambda output: functional.cross_entropy(output, labels)}


class Sum(nn.Module):
    """x plus a branch."""

    def __init__(self, *branch: nn.Module) -> None:
        super().__init__()
        self.branch = nn.Sequential(*branch)

    def forward(self, x: Tensor) -> Tensor:
        """Add the branch."""
        y: Tensor = self.branch(x)
        return x + y


class Scale(nn.Module):
    """A learned factor, one for each unit."""

    def __init__(self, width: int, start: float) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.full((width,), start))

    def forward(self, x: Tensor) -> Tensor:
        """Multiply."""
        return x * self.gamma


class LoRA(nn.Module):
    """A frozen linear layer plus B A x, with B zero."""

    def __init__(self, width: int, rank: int = 4) -> None:
        super().__init__()
        self.base = nn.Linear(width, width).requires_grad_(False)
        self.down = nn.Linear(width, rank, bias=False)
        self.up = nn.Linear(rank, width, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Add the update."""
        y: Tensor = self.base(x) + self.up(self.down(x))
        return y


class AdaptiveBlock(nn.Module):
    """A block of a diffusion transformer: modulation and gate come from a zero layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        std = (2 / (5 * width)) ** 0.5
        inner, outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.body = nn.Sequential(drawn(inner, std), nn.GELU(), drawn(outer, std))
        self.modulation = drawn(nn.Linear(width, 3 * width), 0.0)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Shift, scale, transform, gate."""
        shift, scale, gate = self.modulation(functional.silu(condition)).chunk(3, -1)
        y: Tensor = x + gate * self.body(self.norm(x) * (1 + scale) + shift)
        return y


class Diffusion(nn.Module):
    """Four adaptive blocks, as in DiT; its last layer starts at zero too, if asked."""

    def __init__(self, width: int = 64, *, zero_head: bool = True) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(AdaptiveBlock(width) for _ in range(4))
        self.head = nn.Linear(width, width)
        if zero_head:
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Run all blocks."""
        for block in self.blocks:
            x = block(x, condition)
        y: Tensor = self.head(x)
        return y


def diffusion(*, zero_head: bool) -> Built:
    """A diffusion transformer with adaptive layer norm zero, and a regression on noise."""
    target = torch.randn(32, 64)
    return (
        Diffusion(zero_head=zero_head),
        (torch.randn(32, 64), torch.randn(32, 64)),
        {"loss": lambda y: functional.mse_loss(y, target)},
    )


def layer_scale(depth: int) -> Built:
    """Branches with normalization, times 1e-6."""
    blocks = [
        Sum(nn.LayerNorm(64), nn.Linear(64, 256), nn.GELU(), nn.Linear(256, 64), Scale(64, 1e-6))
        for _ in range(depth)
    ]
    return nn.Sequential(nn.Linear(64, 64), *blocks, nn.Linear(64, 10)), (torch.randn(32, 64),), {}


def adapters(depth: int) -> Built:
    """Frozen layers with low-rank updates, B zero."""
    blocks = [Sum(nn.LayerNorm(64), LoRA(64), nn.GELU()) for _ in range(depth)]
    return nn.Sequential(*blocks, nn.Linear(64, 10)), (torch.randn(32, 64),), {}


def zero_head(depth: int) -> Built:
    """He's weights and a zero classifier."""
    model, args, options = filled(f"mlp:depth={depth},width=128", "he_normal", classes=10)
    weights(model)[-1].zero_()
    return model, args, options


def zero_gamma(depth: int) -> Built:
    """Residual convolutions with batch normalization; the last scale of each branch is zero."""
    blocks = []
    for _ in range(depth):
        convolutions = [nn.Conv2d(16, 16, 3, padding=1, bias=False) for _ in range(2)]
        for layer in convolutions:
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        last = nn.BatchNorm2d(16)
        nn.init.zeros_(last.weight)
        first, second = convolutions
        blocks.append(Sum(first, nn.BatchNorm2d(16), nn.ReLU(), second, last))
    ends = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)
    x = torch.randn(16, 3, 16, 16)
    return nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), *blocks, *ends), (x,), labelled(x, 10)


def branches(depth: int, scheme: str) -> Built:
    """Residual branches of linear, ReLU, linear, under a scheme."""
    blocks = [Sum(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64)) for _ in range(depth)]
    model = nn.Sequential(nn.Linear(64, 64), *blocks, nn.Linear(64, 10))
    x = torch.randn(32, 64)
    plan(model, scheme, x).apply(model, seed=_seed())
    return model, (x,), labelled(x, 10)


def sine(depth: int) -> Built:
    """SIREN on coordinates: sin(30 x) first, sin(30 W x) behind, as published."""

    class Sine(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.sin(30 * x)

    layers: list[nn.Module] = []
    for index in range(depth):
        layer = nn.Linear(2 if index == 0 else 64, 64)
        bound = 1 / 2 if index == 0 else (6 / 64) ** 0.5 / 30
        nn.init.uniform_(layer.weight, -bound, bound)
        layers += [layer, Sine()]
    head = nn.Linear(64, 3)
    nn.init.uniform_(head.weight, -((6 / 64) ** 0.5) / 30, (6 / 64) ** 0.5 / 30)
    return nn.Sequential(*layers, head), (torch.rand(64, 2) * 2 - 1,), {}


def autoencoder() -> Built:
    """He's weights down to a bottleneck and up again, mean squared error."""
    widths = (64, 128, 32, 8, 32, 128)
    layers: list[nn.Module] = []
    for inner, outer in itertools.pairwise(widths):
        layers += [he(nn.Linear(inner, outer)), nn.ReLU()]
    x = torch.randn(64, 64)
    model = nn.Sequential(*layers, nn.Linear(128, 64))
    return model, (x,), {"loss": lambda y: functional.mse_loss(y, x)}


def fan_out(scale: int) -> Built:
    """He by the fan out, in layers that narrow and widen by a factor."""
    widths = [256, 256 // scale, 256, 256 // scale, 256]
    layers: list[nn.Module] = []
    for inner, outer in itertools.pairwise(widths):
        layers += [drawn(nn.Linear(inner, outer), (2 / outer) ** 0.5), nn.ReLU()]
    x = torch.randn(32, 256)
    return nn.Sequential(*layers, nn.Linear(256, 10)), (x,), labelled(x, 10)


def forget_bias(cell: str) -> Built:
    """An LSTM as published: orthogonal recurrence, forget bias one."""
    return planned(f"rnn:cell={cell}", "lstm", classes=10)


def frozen_backbone() -> Built:
    """Transfer learning: only the head is trained."""
    model, args, options = filled("mlp:depth=5,width=128", "he_normal", classes=10)
    for tensor in list(model.parameters())[:-2]:
        tensor.requires_grad_(False)
    return model, args, options


def separate_encoder() -> Built:
    """nn.TransformerEncoder with norm first, each layer drawn anew, in train mode."""
    layer = nn.TransformerEncoderLayer(64, 4, 256, norm_first=True, batch_first=True, dropout=0.0)
    model = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
    for tensor in model.parameters():
        if tensor.dim() > 1:
            nn.init.xavier_uniform_(tensor)
    return model, (torch.randn(8, 16, 64),), {}


_MLP = "mlp:depth={},width=128,activation={}"


def _deep(depth: int, activation: str) -> str:
    return _MLP.format(depth, activation)


class Variational(nn.Module):
    """An autoencoder with a random code; its outputs are the decoded input and the code's law."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(32, 64)
        self.mean, self.logarithm = nn.Linear(64, 8), nn.Linear(64, 8)
        self.outer = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw, decode."""
        hidden = torch.relu(self.inner(x))
        mean, logarithm = self.mean(hidden), self.logarithm(hidden)
        code = mean + torch.exp(logarithm / 2) * torch.randn_like(mean)
        return self.outer(code), mean, logarithm


def variational() -> Built:
    """A variational autoencoder under its bound, summed over all inputs."""
    x = torch.randn(64, 32)

    def bound(outputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        decoded, mean, logarithm = outputs
        divergence = -0.5 * (1 + logarithm - mean**2 - logarithm.exp()).sum()
        return (decoded - x).square().sum() + divergence

    return Variational(), (x,), {"loss": bound}


def scaled_loss(factor: float) -> Built:
    """A regression whose loss someone multiplied."""
    model = nn.Sequential(he(nn.Linear(32, 64)), nn.ReLU(), nn.Linear(64, 8))
    return model, (torch.randn(64, 32),), {"loss": lambda y: factor * y.pow(2).mean()}


def one_std(std: float) -> Built:
    """A depthwise convolution in front, of a std that someone chose."""
    layer = drawn(nn.Conv1d(64, 64, 4, groups=64, padding="same"), std)
    return nn.Sequential(layer, nn.ReLU(), nn.Conv1d(64, 8, 1)), (torch.randn(8, 64, 16),), {}


ENTRIES: tuple[Entry, ...] = (
    *(
        healthy(
            f"He under ReLU, depth {depth}, seed {seed}",
            partial(filled, _deep(depth, "relu"), "he_normal", classes=10),
            seed,
        )
        for depth, seed in ((3, 0), (10, 1), (30, 2), (50, 3))
    ),
    healthy("He uniform under ReLU, depth 30", partial(filled, _deep(30, "relu"), "he_uniform")),
    *(
        healthy(
            f"orthogonal under tanh, depth {depth}",
            partial(filled, _deep(depth, "tanh"), "orthogonal", classes=10),
        )
        for depth in (10, 30, 50)
    ),
    healthy("LeCun under SELU, depth 8", partial(filled, _deep(8, "selu"), "lecun_normal")),
    healthy("LeCun under SELU, depth 32", partial(filled, _deep(32, "selu"), "lecun_normal")),
    healthy("Xavier under tanh, depth 3", partial(filled, _deep(3, "tanh"), "glorot_uniform")),
    healthy("Xavier under tanh, depth 5", partial(filled, _deep(5, "tanh"), "glorot_normal")),
    healthy("Xavier under ReLU, depth 2", partial(filled, _deep(2, "relu"), "glorot_uniform")),
    healthy("critical GELU, depth 20", partial(planned, _deep(20, "gelu"), "auto")),
    healthy("critical SiLU, depth 20", partial(planned, _deep(20, "silu"), "auto")),
    *(
        healthy(
            f"residual perceptron, {scheme}, {depth} blocks",
            partial(planned, f"mlp:depth={depth},width=64,residual=true", scheme),
        )
        for scheme, depth in (("auto", 30),)
    ),
    *(
        healthy(
            f"bottleneck-free ResNet, zero gamma, {depth} blocks, train", partial(zero_gamma, depth)
        )
        for depth in (8, 24)
    ),
    *(
        healthy(
            f"residual convnet with batch norm, {depth} layers, train",
            partial(default, f"convnet:depth={depth},residual=true,norm=batch", train=True),
        )
        for depth in (18, 50)
    ),
    healthy(
        "convnet with batch norm, 8 layers, train",
        partial(default, "convnet:depth=8,norm=batch", train=True, classes=10),
    ),
    healthy("He convnet, 10 layers", partial(filled, "convnet:depth=10", "he_normal", classes=10)),
    healthy(
        "delta-orthogonal convnet under tanh, 20 layers",
        partial(planned, "convnet:depth=20,activation=tanh", "delta_orthogonal"),
    ),
    healthy("pre-norm transformer, 4 layers", partial(default, "transformer:depth=4")),
    healthy(
        "pre-norm transformer, 12 layers, GPT-2's scheme",
        partial(planned, "transformer:depth=12", "gpt2"),
    ),
    healthy(
        "pre-norm transformer, 24 layers, GPT-2's scheme",
        partial(planned, "transformer:depth=24", "gpt2", train=True),
    ),
    healthy("LSTM, forget bias one", partial(forget_bias, "lstm")),
    healthy("GRU, PyTorch's default", partial(default, "rnn:cell=gru,layers=2", classes=10)),
    healthy("LSTM, PyTorch's default, 2 layers", partial(default, "rnn:cell=lstm,layers=2")),
    healthy("SIREN, 5 layers", partial(sine, 5)),
    healthy("LoRA, B zero, 4 blocks", partial(adapters, 4)),
    healthy("zero classifier head", partial(zero_head, 10)),
    healthy("DiT with adaLN zero", partial(diffusion, zero_head=False)),
    healthy("DiT with adaLN zero and a zero head", partial(diffusion, zero_head=True)),
    healthy("layer scale 1e-6, 12 blocks", partial(layer_scale, 12)),
    healthy("PyTorch's default, ReLU, depth 2", partial(default, _deep(2, "relu"), classes=10)),
    healthy("PyTorch's default, ReLU, depth 4", partial(default, _deep(4, "relu"), classes=10), 1),
    healthy("PyTorch's default, tanh, depth 3", partial(default, _deep(3, "tanh"), classes=10)),
    healthy(
        "PyTorch's default, layer norm, depth 10",
        partial(default, "mlp:depth=10,width=128,norm=layer", classes=10),
    ),
    healthy(
        "PyTorch's default, batch norm, depth 10, train",
        partial(default, "mlp:depth=10,width=128,norm=batch", train=True, classes=10),
    ),
    healthy("PyTorch's default, convnet, depth 3", partial(default, "convnet:depth=3", classes=10)),
    *(
        healthy(
            f"residual perceptron, {scheme}, {depth} branches of two layers",
            partial(branches, depth, scheme),
        )
        for scheme, depth in (("fixup", 20), ("fixup", 50))
    ),
    healthy("He by the fan out, widths 256 and 128", partial(fan_out, 2)),
    healthy("autoencoder with a bottleneck of 8", autoencoder),
    healthy("frozen backbone, trained head", frozen_backbone),
    healthy("nn.TransformerEncoder, layers drawn anew", separate_encoder),
    healthy("variational autoencoder, its bound summed", variational),
    healthy("a loss times 1000", partial(scaled_loss, 1e3)),
    healthy("a loss times 1e-9", partial(scaled_loss, 1e-9)),
    healthy("one depthwise layer of std 0.05", partial(one_std, 0.05)),
)
"""Healthy networks from published schemes."""
