"""Networks of every kind train to what the plain loop gives, by vmap and by the shared loop."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from initscope import Data, InputError, Training
from initscope.training import (
    SGD,
    Adam,
    AdamW,
    Custom,
    Initialization,
    Member,
    general,
    network_named,
    plain,
    route,
)

ALIKE = 2e-5
"""Largest difference after 6 steps: rounding shows as about 1e-6, a wrong rule as 1e-3."""

NETWORKS = (
    "convnet:depth=2,channels=4",
    "convnet:depth=2,channels=4,norm=batch,residual=true",
    "convnet:depth=1,channels=4,norm=layer,pooling=max",
    "convnet:depth=1,channels=3,pooling=none,activation=tanh",
    "rnn:cell=rnn,hidden=8",
    "rnn:cell=gru,hidden=8,layers=2",
    "rnn:cell=lstm,hidden=8,length=16",
    "transformer:depth=1,width=8,heads=2",
)
CELLS = ("he_normal, head glorot_uniform", "own", "auto")


@pytest.fixture(scope="module")
def split():
    whole = Data("digits", scale="standard").load()
    return replace(
        whole,
        x_train=whole.x_train[:90],
        y_train=whole.y_train[:90],
        x_test=whole.x_test[:40],
        y_test=whole.y_test[:40],
    )


def members(*cells: str, training: Training | None = None) -> list[Member]:
    return [Member(Initialization.parse(c), seed, training) for seed in (0, 1) for c in cells]


def furthest(split, network, training: Training, kind: general.Kind, chunk: list[Member]) -> float:
    """Return the largest difference of a parameter, a loss or a gradient's norm to the oracle's."""
    history, stack = general.train(split, network, training, chunk, kind)
    found = []
    for index, member in enumerate(chunk):
        expected, model = plain.train(split, network, training, member)
        ours = stack.member(index)
        found += [
            float((ours[n] - p.detach()).abs().max())
            for n, p in model.named_parameters()
            if p.requires_grad
        ]
        for curve in ("train_loss", "test_loss", "test_accuracy"):
            theirs = getattr(expected, curve)[0]
            found.append(float(np.abs(getattr(history, curve)[index] - theirs).max()))
        norms, theirs = history.gradient_norms[index], expected.gradient_norms[0]
        found.append(float((np.abs(norms - theirs) / (1 + theirs)).max()))
    return max(found)


@pytest.mark.parametrize("text", NETWORKS)
@pytest.mark.parametrize("kind", ["vmap", "loop"])
def test_built_in_networks_equal_the_plain_loop(split, text, kind):
    """Both paths give the oracle's parameters, losses and gradient norms, from every start."""
    training = Training(SGD(0.05, 0.9), epochs=2)
    chunk = members(*CELLS)
    assert furthest(split, network_named(text), training, kind, chunk) < ALIKE


@pytest.mark.parametrize(
    "training",
    [
        Training(AdamW(1e-3, weight_decay=0.5), epochs=2, schedule="cosine"),
        Training(SGD(0.1), epochs=2, clip_norm=0.2, label_smoothing=0.1),
        Training(SGD(0.1), epochs=2, clip_value=0.01),
    ],
    ids=["adamw", "norm", "value"],
)
def test_remedies_hold_for_every_network(split, training):
    """Decay, schedule, clipping and smoothing act on any network as torch's own do.

    Without batch normalization: a bias in front of it has a gradient of rounding alone, whose sign
    Adam makes a whole step of.
    """
    network = network_named("convnet:depth=1,channels=4")
    for kind in ("vmap", "loop"):
        assert furthest(split, network, training, kind, members("own")) < ALIKE


def test_members_have_their_own_numbers(split):
    """Networks of one chunk that differ in learning rate train as if apart."""
    network, base = network_named("rnn:cell=gru,hidden=8"), Training(Adam(1e-3), epochs=2)
    faster = replace(base, optimizer=Adam(5e-3))
    chunk = [*members("own", training=base), *members("own", training=faster)]
    assert furthest(split, network, base, "vmap", chunk) < ALIKE


def test_regression():
    """Regression on a sequence of single features equals the plain loop."""
    split = Data("diabetes", scale="standard").load()
    split = replace(split, x_train=split.x_train[:64], y_train=split.y_train[:64])
    network = network_named("rnn:cell=rnn,hidden=6")
    assert furthest(split, network, Training(epochs=2), "vmap", members("own")) < ALIKE


class Dropped(nn.Module):
    """A module that draws random numbers while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(64, 12)
        self.frozen = nn.Linear(12, 12).requires_grad_(False)
        self.outer = nn.Linear(12, 10)

    def forward(self, x):
        hidden = nn.functional.dropout(self.inner(x).relu(), 0.5, self.training)
        return self.outer(self.frozen(hidden))


class Counted(nn.Module):
    """A module that branches on its values, which nothing batched can do."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x):
        y = self.layer(x)
        return y if y.sum() > 0 else 2 * y


class Moved(nn.Module):
    """A module whose buffer is replaced, not changed in place."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.seen = self.seen + x.mean()
        return self.layer(x) + self.seen


class Warned(nn.Module):
    """A module that warns whenever it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x):
        warnings.warn("of my own", UserWarning, stacklevel=1)
        return self.layer(x)


@pytest.mark.filterwarnings("ignore:of my own")
def test_a_modules_own_warnings_do_not_matter(split):
    """A warning that is not about vmap does not keep a module from it."""
    assert route(split, Custom.of(Warned), Training()).path == "vmap"


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        (Dropped, "the module draws random numbers while it trains"),
        (Counted, "vmap refused the module"),
        (Moved, "vmap gave another result for"),
    ],
)
def test_modules_that_vmap_cannot_batch_take_the_loop(split, factory, reason):
    """What draws, branches or replaces buffers is trained by the loop, which says why."""
    network = Custom.of(factory)
    found = route(split, network, Training())
    assert found.path == "loop"
    assert found.reason.startswith(reason)
    chunk = members("own", "he_normal")
    assert furthest(split, network, Training(epochs=2), "loop", chunk) < ALIKE


def test_large_networks_take_the_loop(split):
    """Where a network's state is large, batching calls saves nothing, and the reason says so."""
    small = route(split, network_named("convnet:depth=1,channels=4"), Training())
    large = route(split, network_named("convnet:depth=6,channels=48"), Training())
    assert (small.path, large.path) == ("vmap", "loop")
    assert "above 2 MiB" in large.reason
    assert small.chunk_bytes <= 16 * 2**20
    assert large.chunk_bytes <= 64 * 2**20


def test_perceptrons_start_from_schemes(split):
    """A scheme on a perceptron gives the engine and the plain loop the same start."""
    from initscope import MLP
    from initscope.training import vectorized

    network, training = MLP((12, 12), "tanh"), Training(epochs=1)
    chunk = members("auto", "own", "he_normal")
    _, stack = vectorized.train(split, network, training, chunk)
    for index, member in enumerate(chunk):
        _, model = plain.train(split, network, training, member)
        ours = stack.member(index)
        for name, value in model.named_parameters():
            assert torch.allclose(ours[name], value, atol=ALIKE)


def test_an_initializer_of_a_schemes_name_keeps_its_prefix(split):
    """What str writes is read as the same again, and a network is drawn from the initializer."""
    from initscope import get
    from initscope.training.drawn import Drawn

    both = Initialization.parse("initializer:gpt2, head initializer:siren")
    assert (both.hidden, both.head) == (get("gpt2"), get("siren"))
    assert Initialization.parse(str(both)) == both != Initialization.parse("gpt2")
    drawn = Drawn(network_named("convnet:depth=2,channels=32"), 64, 10, split.x_train)
    model = drawn.module(Member(Initialization(get("gpt2(std=3)"), get("gpt2(std=3)")), 0))
    weight = model.get_parameter("1.0.weight").detach()
    assert float(weight.std()) == pytest.approx(3, rel=4 / (2 * weight.numel()) ** 0.5)


def test_the_head_is_where_the_network_ends(split):
    """A named head gets its initializer, whatever the rest starts from."""
    from initscope.training.drawn import Drawn

    drawn = Drawn(network_named("convnet:depth=2,channels=4"), 64, 10, split.x_train)
    zero, own = (
        drawn.module(Member(Initialization.parse(text), 3)) for text in ("own, head zeros", "own")
    )
    names = [n for n, p in zero.named_parameters() if not torch.equal(p, own.get_parameter(n))]
    assert names == ["4.weight"]
    assert not zero.get_parameter("4.weight").any()


def test_a_gain_is_on_all_weights_but_the_heads(split):
    """The gain of a member multiplies its weights, and leaves the head and biases as they were."""
    from initscope.training.drawn import Drawn

    drawn = Drawn(network_named("convnet:depth=2,channels=4"), 64, 10, split.x_train)
    start = Initialization.parse("he_normal")
    plain_one, scaled = (drawn.module(Member(start, 3, None, gain)) for gain in (1.0, 2.0))
    for name, value in plain_one.named_parameters():
        factor = 2 if value.ndim == 4 else 1
        assert torch.equal(scaled.get_parameter(name), factor * value)


def test_the_guests_generators_stay(split):
    """Training leaves the global random states of torch and NumPy as they were."""
    before, numpy = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    route(split, Custom.of(Dropped), Training())
    general.train(split, Custom.of(Dropped), Training(epochs=1), members("own"), "loop")
    assert torch.equal(torch.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpy).all()  # noqa: NPY002


def test_a_module_that_fails_in_training_gets_one_line(split):
    """A failure in training names the network and the error."""

    class Failing(Dropped):
        def forward(self, x):
            if self.training:
                raise ValueError("no\nmore")
            return super().forward(x)

    with pytest.raises(InputError, match="Failing failed in training: ValueError: no more"):
        general.train(split, Custom.of(Failing), Training(), members("own"), "loop")
    with pytest.raises(InputError, match="failed in training: ValueError: no more"):
        route(split, Custom.of(Failing), Training())
