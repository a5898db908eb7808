"""Two hundred steps from the library's own initialization, and from `auto`: paired seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
import transformers
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional

from initscope.planning import plan

STEPS, LAST, RATE, BATCH = 200, 20, 1e-3, 64
SEEDS = 10
_TOKENS = 17
_T = {0.975: 2.2622}  # Student's t for ten pairs, nine degrees of freedom


@dataclass(frozen=True)
class Task:
    """A model, and whether it predicts the next token instead of the digit."""

    make: Callable[[], nn.Module]
    tokens: bool = False


@cache
def _data() -> tuple[Tensor, Tensor, Tensor]:
    digits = load_digits()
    raw = torch.tensor(digits.images, dtype=torch.float32)
    tokens = raw.reshape(len(raw), -1)[:, 8:32].long()
    return (raw - raw.mean()) / raw.std(), torch.tensor(digits.target), tokens


def _mlp(activation: Callable[[], nn.Module], depth: int) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        layers: list[nn.Module] = [nn.Flatten()]
        for _ in range(depth):
            layers += [nn.Linear(64, 64), activation()]
        return nn.Sequential(*layers, nn.Linear(64, 10))

    return make


def _convolutions() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)),
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, stride=2),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(512, 10),
    )


class _Rows(nn.Module):
    """An LSTM over the rows of a digit."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 64, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Any:
        return self.head(self.lstm(images)[0][:, -1])


class _Encoder(nn.Module):
    """PyTorch's own transformer encoder over the rows of a digit, normalized behind additions."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True)
        self.embed = nn.Linear(8, 32)
        self.position = nn.Parameter(torch.zeros(8, 32))
        self.encoder = nn.TransformerEncoder(layer, 3)
        self.head = nn.Linear(32, 10)

    def forward(self, images: Tensor) -> Any:
        return self.head(self.encoder(self.embed(images) + self.position).mean(1))


class _Library(nn.Module):
    """A model of `transformers`, called with one tensor, answering with logits."""

    def __init__(self, name: str, argument: str, **options: Any) -> None:
        super().__init__()
        kind = getattr(transformers, name)
        self.inner = kind(kind.config_class(**options))
        self.argument = argument

    def forward(self, inputs: Tensor) -> Any:
        if self.argument == "pixel_values":
            inputs = inputs[:, None]
        return self.inner(**{self.argument: inputs}).logits


_SMALL: Mapping[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}


def _vit() -> nn.Module:
    options: dict[str, Any] = {**_SMALL, "image_size": 8, "patch_size": 2, "num_channels": 1}
    return _Library("ViTForImageClassification", "pixel_values", num_labels=10, **options)


def _resnet() -> nn.Module:
    options: dict[str, Any] = {"hidden_sizes": [16, 32], "depths": [2, 2], "layer_type": "basic"}
    return _Library(
        "ResNetForImageClassification",
        "pixel_values",
        num_channels=1,
        embedding_size=16,
        num_labels=10,
        **options,
    )


def _gpt2() -> nn.Module:
    options = {"vocab_size": _TOKENS, "n_positions": 32, "n_embd": 32, "n_layer": 3, "n_head": 4}
    quiet = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return _Library(
        "GPT2LMHeadModel", "input_ids", bos_token_id=0, eos_token_id=0, **options, **quiet
    )


def _llama() -> nn.Module:
    return _Library("LlamaForCausalLM", "input_ids", vocab_size=_TOKENS, **_SMALL)


_SHAPES = (("relu", nn.ReLU), ("tanh", nn.Tanh), ("gelu", nn.GELU))

TASKS: dict[str, Task] = {
    **{
        f"MLP, {name}, {depth} layers": Task(_mlp(activation, depth))
        for name, activation in _SHAPES
        for depth in (2, 10, 30)
    },
    "convolutions": Task(_convolutions),
    "LSTM": Task(_Rows),
    "nn.TransformerEncoder": Task(_Encoder),
    "ViT": Task(_vit),
    "ResNet": Task(_resnet),
    "GPT-2": Task(_gpt2, tokens=True),
    "Llama": Task(_llama, tokens=True),
}


def train(name: str, seed: int, scheme: str | None, steps: int = STEPS) -> float:
    """Train once; return the mean loss of the last twenty steps.

    Args:
        name: of the task.
        seed: of the initial weights and of the batches, which both sides of a pair share.
        scheme: what initializes; None leaves what the library made.
        steps: number of steps.
    """
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    task = TASKS[name]
    torch.manual_seed(seed)
    model = task.make()
    if scheme:
        example = _batch(task, torch.Generator().manual_seed(7))[0]
        plan(model, scheme, example).apply(model, seed)
    generator = torch.Generator().manual_seed(1000 + seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    losses = []
    for _ in range(steps):
        loss = _loss(task, model, _batch(task, generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return statistics.fmean(losses[-LAST:])


def _batch(task: Task, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    images, labels, tokens = _data()
    chosen = torch.randint(len(images), (BATCH,), generator=generator)
    return (tokens[chosen], tokens[chosen]) if task.tokens else (images[chosen], labels[chosen])


def _loss(task: Task, model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    outputs, labels = model(batch[0]), batch[1]
    if task.tokens:
        outputs, labels = outputs[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    return functional.cross_entropy(outputs, labels)


def pair(job: tuple[str, int]) -> tuple[str, int, float, float]:
    """Train both sides of a pair."""
    name, seed = job
    torch.set_num_threads(1)
    return name, seed, train(name, seed, None), train(name, seed, "auto")


def interval(differences: list[float]) -> tuple[float, float, float]:
    """Return the mean of ten paired differences, and the ends of its 95% interval (Student's t)."""
    mean = statistics.fmean(differences)
    half = _T[0.975] * statistics.stdev(differences) / math.sqrt(len(differences))
    return mean, mean - half, mean + half
