"""Planted defects of the output: OUT001 and OUT002."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from corpus.entry import Built, Entry, defect
from corpus.schemes import default, filled, labelled
from corpus.signals import WIDE


def head(std: float, *, loss: bool, classes: int = 10) -> Built:
    """He's weights, a head of a given std on 128 features."""
    model, args, options = filled(f"{WIDE.format(4, 'relu')},outputs={classes}", "he_normal")
    nn.init.normal_(list(model.parameters())[-2], std=std)
    return model, args, labelled(args[0], classes) if loss else options


def tied(width: int, std: float) -> Built:
    """GPT-2 whose embeddings, tied to the head, have a given std."""
    import transformers

    config = transformers.GPT2Config(
        vocab_size=512,
        n_embd=width,
        n_layer=4,
        n_head=4,
        n_positions=64,
        bos_token_id=0,
        eos_token_id=0,
    )
    model: Any = transformers.GPT2LMHeadModel(config)
    model.train(False)
    nn.init.normal_(model.transformer.wte.weight, std=std)
    ids = torch.randint(5, 512, (8, 16))
    return model, (), {"input_ids": ids, "labels": ids}


def decided(bias: float) -> Built:
    """A head whose bias is sure of one class."""
    model, args, _ = filled(WIDE.format(3, "relu"), "he_normal")
    list(model.parameters())[-1].data[0] = bias
    return model, args, labelled(args[0], 10)


def normalized_head(scale: float) -> Built:
    """Cosine logits, times a temperature that is too high."""

    class Cosine(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.classes = nn.Linear(64, 64), nn.Parameter(torch.randn(10, 64))

        def forward(self, x: Tensor) -> Tensor:
            features = functional.normalize(torch.relu(self.body(x)), dim=-1)
            return scale * features @ functional.normalize(self.classes, dim=-1).T

    x = torch.randn(32, 64)
    return Cosine(), (x,), labelled(x, 10)


def regression(std: float) -> Built:
    """Outputs far above the targets, which are of order one."""
    model, args, _ = head(std, loss=False)
    target = torch.randn(32, 10)
    return model, args, {"loss": lambda y: functional.mse_loss(y, target)}


def transformer_head(std: float) -> Built:
    """A transformer with a head of a given std, no loss given."""
    model, args, options = default("transformer:depth=4")
    nn.init.normal_(list(model.parameters())[-1], std=std)
    return model, args, options


_loss = partial(defect, "initial-loss", accepted="output-scale")
_scale = partial(defect, "output-scale", accepted="initial-loss")

ENTRIES: tuple[Entry, ...] = (
    _loss("head of std 2, loss ten times ln(10)", partial(head, 2.0, loss=True)),
    _loss("head of std 1, 100 classes", partial(head, 1.0, loss=True, classes=100)),
    _loss("embeddings of std 1 tied to the head", partial(tied, 128, 1.0)),
    _loss("embeddings of std 0.5 tied to the head", partial(tied, 256, 0.5)),
    _loss("a bias sure of one class", partial(decided, 50.0)),
    _loss("cosine logits times 100", partial(normalized_head, 100.0)),
    _scale("logits of scale 30, no loss", partial(head, 2.0, loss=False)),
    _scale("logits of scale 30, with the loss", partial(head, 2.5, loss=True)),
    _scale("transformer, head of std 4, no loss", partial(transformer_head, 4.0)),
    _scale("regression outputs of scale 1000", partial(regression, 70.0)),
)
"""Models with a defect of the output."""
