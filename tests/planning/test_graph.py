"""Questions to the recorded graph, on models whose answers are known."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from initscope.observe import observe
from initscope.planning.graph import Graph


class Block(nn.Module):
    """x + b(relu(a(norm(x))))."""

    def __init__(self, width=8, *, norm=True):
        super().__init__()
        self.norm = nn.LayerNorm(width) if norm else nn.Identity()
        self.a = nn.Linear(width, width)
        self.b = nn.Linear(width, width)

    def forward(self, x):
        return x + self.b(functional.relu(self.a(self.norm(x))))


class Parallel(nn.Module):
    """x + (a(x) + b(x)), as GPT-NeoX adds attention and feed-forward."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(8)
        self.a = nn.Linear(8, 8)
        self.b = nn.Linear(8, 8)

    def forward(self, x):
        y = self.norm(x)
        return self.a(y) + self.b(y) + x


class RootMeanSquare(nn.Module):
    """A normalization that is written out."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(8))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


class Gated(nn.Module):
    """down(silu(gate(x)) * up(x))."""

    def __init__(self):
        super().__init__()
        self.gate, self.up, self.down = (nn.Linear(8, 8) for _ in range(3))

    def forward(self, x):
        return self.down(functional.silu(self.gate(x)) * self.up(x))


class Unscaled(nn.Module):
    """Attention whose scores are not divided by the root of their dimension."""

    def __init__(self, scale=1.0):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(16, 16) for _ in range(4))
        self.scale = scale

    def forward(self, x):
        y = functional.scaled_dot_product_attention(
            self.q(x), self.k(x), self.v(x), scale=self.scale
        )
        return self.o(y)


def graph(model, *shape):
    return Graph(observe(model, torch.randn(*shape, generator=torch.Generator().manual_seed(0))))


def test_branches_of_a_residual_stream():
    """Each block is one branch, ended by its second layer, and all share one stream."""
    model = nn.Sequential(nn.Linear(4, 8), Block(), Block(), Block(), nn.Linear(8, 3))
    found = graph(model, 5, 4)
    assert len(found.residuals.branches) == 3
    assert len(found.residuals.streams()) == 1
    assert [found.place(f"{k}.b.weight").ends_branch for k in (1, 2, 3)] == [True] * 3
    assert not found.place("1.a.weight").ends_branch
    assert found.residuals.beside(found.residuals.branches[0]) == 3


def test_streams_end_at_weights():
    """A weight between two groups of blocks starts a new stream."""
    model = nn.Sequential(Block(), Block(), nn.Linear(8, 8), Block(), nn.Linear(8, 3))
    found = graph(model, 5, 8)
    assert [len(stream) for stream in found.residuals.streams()] == [2, 1]


def test_parallel_branches_are_terms_of_one():
    """A sum of two branches is no stream of its own, and counts as two terms."""
    found = graph(nn.Sequential(nn.Linear(8, 8), Parallel(), Parallel()), 5, 8)
    assert len(found.residuals.branches) == 2
    assert found.residuals.beside(found.residuals.branches[0]) == 4
    assert found.place("1.a.weight").ends_branch
    assert found.place("1.b.weight").ends_branch


def test_branch_that_a_later_normalization_follows():
    """Post-norm blocks form one stream, too."""
    model = nn.Sequential(
        nn.Linear(8, 8), Block(norm=False), nn.LayerNorm(8), Block(norm=False), nn.LayerNorm(8)
    )
    found = graph(model, 5, 8)
    assert [len(stream) for stream in found.residuals.streams()] == [2]


def test_written_out_normalization():
    """A product x * rsqrt(mean(x^2)) counts as a normalization, before and behind."""
    found = graph(nn.Sequential(nn.Linear(8, 8), RootMeanSquare(), nn.Linear(8, 8)), 5, 8)
    assert found.place("0.weight").feeds == "normalization"
    assert found.place("2.weight").in_normalized
    assert not found.place("0.weight").in_normalized


def test_gates_and_squeezes():
    """A product of an activation and a linear signal is named by the activation alone."""
    found = graph(nn.Sequential(Gated(), nn.Linear(8, 2)), 5, 8)
    assert found.place("0.down.weight").fed_by == "silu gate"
    assert found.place("0.gate.weight").feeds == "silu"


def test_feeds_and_is_fed_by():
    """Dropout and views are looked through; the last weight is the head, the first is first."""
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.GELU(), nn.Dropout(0.1), nn.Flatten(), nn.Linear(4 * 36, 3)
    )
    found = graph(model, 2, 1, 8, 8)
    conv, head = found.place("0.weight"), found.place("4.weight")
    assert (conv.feeds, conv.is_first, conv.is_head) == ("gelu", True, False)
    assert (head.fed_by, head.feeds, head.is_first, head.is_head) == ("gelu", "output", False, True)


def test_end_of_a_stream_is_no_head():
    """The last layer of a model that ends with a residual stream ends a branch."""
    place = graph(nn.Sequential(nn.Linear(8, 8), Block()), 5, 8).place("1.b.weight")
    assert place.ends_branch
    assert not place.is_head


def test_unscaled_scores():
    """Only the query makes up for a missing 1 / sqrt(16)."""
    found = graph(Unscaled(), 2, 5, 16)
    gains = [found.place(f"{name}.weight").score_gain for name in "qkvo"]
    assert gains == [0.25, 1.0, 1.0, 1.0]
    assert graph(Unscaled(0.25), 2, 5, 16).place("q.weight").score_gain == 1.0


def test_unused_parameter_has_no_place():
    """What never ran stands nowhere."""

    class Partly(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return self.used(x)

    assert graph(Partly(), 2, 4).place("unused.weight") is None
