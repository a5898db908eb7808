"""Normalization, residual branches and dropout do in a chunk what torch's own modules do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from initscope import MLP, SGD, Data, Training, get
from initscope.training import Initialization, Member, plain, vectorized

EPOCHS, BATCH = 4, 33  # 142 examples of wine: batches of 33, and a last one of 10

NETWORKS = {
    "batch": MLP((12, 9), "tanh", norm="batch"),
    "layer": MLP((12, 9), "tanh", norm="layer"),
    "rms": MLP((12, 9), "tanh", norm="rms"),
    "residual": MLP((9, 9, 9), "tanh", residual=True),
    "residual by depth": MLP((9, 9, 9), residual=True, branch_scale="depth"),
    "residual from zero": MLP((9, 9, 9), "gelu", residual=True, branch_scale="zero"),
    "dropout": MLP((12, 9), "tanh", dropout=0.3),
    "all, batch": MLP((9,) * 5, "tanh", "batch", residual=True, branch_scale=0.5, dropout=0.2),
    "all, layer": MLP((9,) * 4, "relu", "layer", residual=True, branch_scale="zero", dropout=0.2),
    "all, rms": MLP((9,) * 3, "silu", "rms", residual=True, branch_scale="depth", dropout=0.2),
    "one layer": MLP((9,), "elu", "batch", residual=True, branch_scale="zero", dropout=0.1),
}


def member(seed: int, training: Training | None = None) -> Member:
    return Member(Initialization(get("glorot_normal"), get("he_normal")), seed, training)


def doubled(split):
    """Return the data in float64."""
    parts = {name: getattr(split, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    return replace(
        split, **{k: v.double() if v.is_floating_point() else v for k, v in parts.items()}
    )


@pytest.fixture(scope="module")
def splits():
    return {
        "softmax": Data("wine", scale="standard").load(),
        "sigmoid": Data("breast_cancer", scale="standard").load(),
        "squared": Data("diabetes", scale="standard").load(),
    }


@pytest.fixture
def float64():
    """Let engine and plain loop compute in float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def furthest_from_the_plain_loop(split, network, training, members) -> float:
    """Return the largest difference of a parameter, running average or curve."""
    history, stack = vectorized.train(split, network, training, members)
    assert history.finite.all()
    furthest = 0.0
    for index, each in enumerate(members):
        expected, model = plain.train(split, network, training, each)
        found = stack.member(index)
        state = {k: v for k, v in model.state_dict().items() if "num_batches" not in k}
        assert set(found) == set(state)
        for name, value in state.items():
            furthest = max(furthest, float((found[name] - value).abs().max()))
        for curve in ("train_loss", "test_loss", "test_accuracy", "gradient_norms"):
            ours, theirs = getattr(history, curve)[index], getattr(expected, curve)[0]
            furthest = max(furthest, float(abs(ours - theirs).max()))
    return furthest


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("loss", ["softmax", "sigmoid", "squared"])
@pytest.mark.usefixtures("float64")
def test_in_float64_a_chunk_is_the_plain_loop(splits, network, loss):
    """Parameters, running averages and losses agree to 1e-6 after 20 steps of SGD.

    The curves are recorded in float32, which rounds losses of about 1 to 6e-8; parameters would
    show a wrong term of the backward pass as a share of a step, here 1e-3 or more.
    """
    training = Training(SGD(0.1), EPOCHS, BATCH, loss)
    members = [member(0), member(1)]
    assert furthest_from_the_plain_loop(doubled(splits[loss]), network, training, members) < 1e-6
