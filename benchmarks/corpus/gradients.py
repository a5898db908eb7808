"""Planted defects of the gradient: GRD001 to GRD004."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from corpus.entry import Built, Entry, defect
from corpus.schemes import default, filled
from corpus.signals import WIDE, biased, small


class Detached(nn.Module):
    """Two branches, one of them cut off from the loss."""

    def __init__(self, *, cut: str) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(32, 32), nn.Linear(32, 32)
        self.last = nn.Linear(32, 10)
        self.cut = cut

    def forward(self, x: Tensor) -> Tensor:
        """Add the branches."""
        side = torch.relu(self.second(x))
        if self.cut == "detach":
            side = side.detach()
        elif self.cut == "no_grad":
            with torch.no_grad():
                side = torch.relu(self.second(x))
        elif self.cut == "round":
            side = torch.round(self.second(x))
        elif self.cut == "sign":
            side = torch.sign(self.second(x))
        elif self.cut == "unused":
            side = torch.zeros_like(side)
        y: Tensor = self.last(torch.relu(self.first(x)) + side)
        return y


class TwoZeros(nn.Module):
    """A frozen-looking pair: both low-rank factors start at zero."""

    def __init__(self) -> None:
        super().__init__()
        self.base, self.down = nn.Linear(32, 32), nn.Linear(32, 4, bias=False)
        self.up, self.head = nn.Linear(4, 32, bias=False), nn.Linear(32, 10)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Add the update."""
        y: Tensor = self.head(torch.relu(self.base(x) + self.up(self.down(x))))
        return y


class ZeroTwice(nn.Module):
    """A branch whose last layer and whose scalar are both zero."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.head = nn.Linear(32, 32), nn.Linear(32, 10)
        self.inner, self.outer = nn.Linear(32, 64), nn.Linear(64, 32)
        self.alpha = nn.Parameter(torch.zeros(1))
        nn.init.zeros_(self.outer.weight)
        nn.init.zeros_(self.outer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Add alpha times the branch."""
        h = self.stem(x)
        y: Tensor = self.head(h + self.alpha * self.outer(torch.relu(self.inner(h))))
        return y


class Root(nn.Module):
    """sqrt, or a norm, at zero: an infinite derivative times zero."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(32, 32), nn.Linear(32, 10)
        self.kind = kind

    def forward(self, x: Tensor) -> Tensor:
        """Take the root of what may be zero."""
        h = self.first(x)
        if self.kind == "sqrt":
            h = torch.sqrt(torch.relu(h))
        elif self.kind == "where":
            h = torch.where(h > 0, torch.log(torch.relu(h)), torch.zeros_like(h))
        else:
            h = h * torch.sqrt(((h - h) ** 2).sum(-1, keepdim=True))
        y: Tensor = self.last(h)
        return y


def batch_norm_tower(depth: int, width: int = 128) -> Built:
    """A perceptron of linear, batch norm, ReLU in training mode: gradients grow by depth."""
    model, args, options = default(f"mlp:depth={depth},width={width},norm=batch", train=True)
    return model, args, options


def convolution_tower(depth: int) -> Built:
    """Plain convolutions with batch norm and ReLU, without residual connections."""
    return default(f"convnet:depth={depth},norm=batch,channels=16,size=8", train=True)


def chaotic(depth: int, sigma: float) -> Built:
    """Weights in tanh's chaotic phase."""
    return filled(WIDE.format(depth, "tanh"), "lecun_normal", gain=sigma)


_faint = partial(defect, "vanishing-gradient")
_steep = partial(defect, "exploding-gradient")
_none = partial(defect, "no-gradient")
_broken = partial(defect, "non-finite-gradient")

ENTRIES: tuple[Entry, ...] = (
    _faint(
        "sigmoid, Xavier, depth 8",
        partial(filled, WIDE.format(8, "sigmoid"), "glorot_normal"),
        "collapsed-correlation",
    ),
    _faint(
        "sigmoid, PyTorch's default, depth 10",
        partial(default, WIDE.format(10, "sigmoid")),
        "collapsed-correlation",
    ),
    _faint(
        "tanh, PyTorch's default, depth 30",
        partial(default, WIDE.format(30, "tanh")),
        "collapsed-correlation vanishing-signal gain-mismatch",
    ),
    _faint(
        "GELU, PyTorch's default, depth 30",
        partial(default, WIDE.format(30, "gelu")),
        "collapsed-correlation vanishing-signal gain-mismatch",
    ),
    _faint("ordered phase, tanh, depth 30", partial(biased, 30, 0.7, 0.3), "collapsed-correlation"),
    _steep("60 layers of batch norm", partial(batch_norm_tower, 60)),
    _steep("100 layers of batch norm", partial(batch_norm_tower, 100)),
    _steep("60 convolutions with batch norm", partial(convolution_tower, 60)),
    _steep(
        "chaotic tanh, sigma 3, depth 30",
        partial(chaotic, 30, 3.0),
        "saturated-units gain-mismatch",
    ),
    _steep("chaotic tanh, sigma 2, depth 50", partial(chaotic, 50, 2.0), "gain-mismatch"),
    _none("a detached branch", lambda: small(Detached(cut="detach"))),
    _none("a branch under no_grad", lambda: small(Detached(cut="no_grad"))),
    _none("a rounded branch", lambda: small(Detached(cut="round"))),
    _none("a branch of signs", lambda: small(Detached(cut="sign"))),
    _none("a branch replaced by zeros", lambda: small(Detached(cut="unused")), level="info"),
    _none("LoRA with both factors zero", lambda: small(TwoZeros()), accepted="constant-weight"),
    _none(
        "ReZero's scalar and the last layer zero",
        lambda: small(ZeroTwice()),
        accepted="constant-weight",
    ),
    _broken("sqrt at zero", lambda: small(Root("sqrt"))),
    _broken(
        "a logarithm hidden by where",
        lambda: small(Root("where")),
        "non-finite-signal",
        "non-finite-signal",
    ),
    _broken(
        "the norm of a zero vector",
        lambda: small(Root("norm")),
        companions="no-gradient vanishing-signal",
    ),
)
"""Models with a defect of the gradient."""
