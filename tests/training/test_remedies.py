"""Optimizers, schedules, clipping and smoothing do what torch's own do, member by member."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from initscope import MLP, Data, InputError, Training, get
from initscope.training import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Initialization,
    Member,
    RMSprop,
    optimizer_named,
    plain,
    vectorized,
)
from initscope.training.schedules import factor

EPOCHS, BATCH = 5, 36  # 142 examples of wine make 4 steps an epoch, 20 in all

NETWORK = MLP((12, 9), "tanh")

REMEDIES = {
    "adam": Training(Adam(3e-3, weight_decay=0.1)),
    "adamw": Training(AdamW(3e-3, weight_decay=0.5)),
    "sgd": Training(SGD(0.1, weight_decay=0.05)),
    "momentum": Training(SGD(0.05, 0.9)),
    "nesterov": Training(SGD(0.05, 0.9, nesterov=True, weight_decay=0.01)),
    "rmsprop": Training(RMSprop(1e-3, epsilon=1e-4, weight_decay=0.01)),
    "rmsprop with momentum": Training(RMSprop(1e-3, epsilon=1e-4, momentum=0.5)),
    "adagrad": Training(Adagrad(1e-2, epsilon=1e-4, weight_decay=0.01)),
    "cosine": Training(SGD(0.1), EPOCHS, schedule="cosine"),
    "warm-up": Training(SGD(0.1), EPOCHS, warmup=2),
    "warm-up and cosine": Training(Adam(), EPOCHS, schedule="cosine", warmup=1),
    "clipped by norm": Training(SGD(0.1), clip_norm=0.2),
    "clipped by value": Training(SGD(0.1), clip_value=0.01),
    "clipped by both": Training(SGD(0.1), clip_value=0.05, clip_norm=0.1),
    "smoothed": Training(Adam(), label_smoothing=0.2),
}


def settings(training: Training) -> dict[str, object]:
    return {name: getattr(training, name) for name in Training.__dataclass_fields__}


def lasting(training: Training) -> Training:
    return Training(**{**settings(training), "epochs": EPOCHS, "batch_size": BATCH})


def member(seed: int, training: Training | None = None) -> Member:
    initialization = Initialization(get("glorot_normal"), get("he_normal"))
    return Member(initialization, seed, training and lasting(training))


@pytest.fixture(scope="module")
def split():
    return Data("wine", scale="standard").load()


def furthest_from_the_plain_loop(split, training: Training, members: list[Member]) -> float:
    """Return the largest difference of a parameter or a loss after 20 steps.

    Rounding shows as about 1e-6, see test_vectorized. A wrong rule moves parameters by a tenth of
    a step at least, here 1e-4 or more each step.
    """
    history, stack = vectorized.train(split, NETWORK, training, members)
    furthest = 0.0
    for index, each in enumerate(members):
        expected, model = plain.train(split, NETWORK, training, each)
        found = stack.member(index)
        for name, value in model.named_parameters():
            furthest = max(furthest, float((found[name] - value.detach()).abs().max()))
        for curve in ("train_loss", "test_loss", "test_accuracy"):
            ours, theirs = getattr(history, curve)[index], getattr(expected, curve)[0]
            furthest = max(furthest, float(abs(ours - theirs).max()))
    return furthest


@pytest.mark.parametrize("training", REMEDIES.values(), ids=REMEDIES)
def test_each_remedy_equals_torchs_own(split, training):
    """After 20 steps parameters and losses are those of torch.optim and torch.nn.utils."""
    assert furthest_from_the_plain_loop(split, lasting(training), [member(0), member(1)]) < 2e-5


@pytest.mark.parametrize(
    "trainings",
    [
        [Training(Adam(1e-3)), Training(Adam(3e-3)), Training(Adam(1e-3, weight_decay=0.1))],
        [Training(AdamW(1e-3)), Training(AdamW(3e-3, weight_decay=0.5))],
        [Training(SGD(0.1, 0.9)), Training(SGD(0.01, 0.9, weight_decay=0.1))],
        [Training(SGD(0.1, 0.9, nesterov=True)), Training(SGD(0.05, 0.9, nesterov=True))],
        [Training(RMSprop(1e-3, epsilon=1e-4)), Training(RMSprop(2e-3, epsilon=1e-4))],
        [Training(Adagrad(1e-2, epsilon=1e-4)), Training(Adagrad(3e-2, epsilon=1e-4))],
        [Training(SGD(0.1)), Training(SGD(0.1), clip_norm=0.3), Training(SGD(0.2), clip_norm=0.1)],
        [Training(SGD(0.1)), Training(SGD(0.1), clip_value=0.02)],
        [Training(), Training(label_smoothing=0.1), Training(label_smoothing=0.3)],
        [
            Training(SGD(0.1), EPOCHS, schedule="cosine", warmup=1),
            Training(SGD(0.3), EPOCHS, schedule="cosine", warmup=1, clip_norm=0.5),
        ],
    ],
    ids=lambda trainings: f"{trainings[0].optimizer.name}",
)
def test_members_of_one_chunk_have_their_own_numbers(split, trainings):
    """Networks that differ in rate, decay, thresholds or smoothing train together as if apart."""
    members = [member(seed, training) for seed in (0, 1) for training in trainings]
    assert furthest_from_the_plain_loop(split, lasting(trainings[0]), members) < 2e-5
    kinds = {lasting(training).kind for training in trainings}
    assert len(kinds) == 1


def test_smoothing_of_the_sigmoid_equals_the_plain_loops():
    """With two classes and one output, labels move towards one half."""
    split = Data("breast_cancer", scale="standard").load()
    training = Training(Adam(), 2, 60, label_smoothing=0.2)
    members = [member(0), member(1, Training(label_smoothing=0.0))]
    members[1] = Member(members[1].initialization, 1, Training(Adam(), 2, 60))
    assert furthest_from_the_plain_loop(split, training, members) < 2e-5


@pytest.mark.parametrize("warmup", [0, 3])
def test_schedules_are_torchs(warmup):
    """Each step's factor is that of LinearLR, then CosineAnnealingLR, to float64 rounding."""
    optimizer = torch.optim.SGD([torch.zeros(1)], 1.0)
    cosine = CosineAnnealingLR(optimizer, T_max=12 - warmup)
    if warmup:
        linear = LinearLR(optimizer, 1 / warmup, total_iters=warmup - 1)
        schedule = SequentialLR(optimizer, [linear, cosine], [warmup])
    else:
        schedule = cosine
    for step in range(12):
        expected = optimizer.param_groups[0]["lr"]
        assert factor("cosine", step, 12, warmup) == pytest.approx(expected, abs=1e-12)
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SequentialLR calls in a form that torch deprecates
            schedule.step()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(weight_decay=-1.0), "weight decay -1.0: expected a number from 0"),
        (lambda: SGD(nesterov=True), "nesterov without momentum: give a momentum too, such as 0.9"),
        (lambda: RMSprop(alpha=1.0), "alpha 1.0: expected a number from 0 to below 1"),
        (lambda: Adagrad(epsilon=0.0), "epsilon 0.0: expected a number above 0"),
        (lambda: optimizer_named("adamv"), "unknown optimizer 'adamv': did you mean 'adam"),
        (lambda: Training(schedule="cosin"), "unknown schedule 'cosin': did you mean 'cosine'?"),
        (lambda: Training(warmup=10), "warm-up 10: expected whole epochs from 0 to below the 10"),
        (lambda: Training(clip_norm=0.0), "clip norm 0.0: expected a number above 0, such as 1"),
        (lambda: Training(clip_value=-1.0), "clip value -1.0: expected a number above 0"),
        (lambda: Training(label_smoothing=1.0), "label smoothing 1.0: expected a number from 0"),
    ],
)
def test_bad_remedies_are_one_line(make, message):
    """A number out of range is named before anything is trained."""
    with pytest.raises(InputError) as error:
        make()
    assert str(error.value).startswith(message)
