"""The oracle: one network, an ordinary module, autograd and torch.optim, nothing clever."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from initscope.training.drawn import Drawn
from initscope.training.dropout import SeededDropout
from initscope.training.history import History
from initscope.training.kinds import Network
from initscope.training.losses import LOSSES, Loss, loss_for
from initscope.training.members import Member, fill_
from initscope.training.network import MLP
from initscope.training.order import epoch_orders
from initscope.training.seeding import seeded
from initscope.training.settings import Training
from initscope.training.split import Split


def train(
    split: Split, network: Network, training: Training, member: Member
) -> tuple[History, nn.Module]:
    """Train one network; return its curves and the trained module."""
    with seeded(member.seed):
        return _train(split, network, member.training or training, member)


def _train(
    split: Split, network: Network, training: Training, member: Member
) -> tuple[History, nn.Module]:
    loss = LOSSES[loss_for(training.loss, split.classes)]
    network.require_batches(len(split.x_train), training.batch_size)
    model = _start(split, network, loss.outputs(split.classes), member)
    shape = network.row_shape(split.features)
    split = replace(
        split, x_train=split.x_train.view(-1, *shape), x_test=split.x_test.view(-1, *shape)
    )
    for layer in model.modules():
        if isinstance(layer, SeededDropout):
            layer.start(member.seed, training.batch_size)
    optimizer = training.optimizer.build(model.parameters())
    steps_each = -(-len(split.x_train) // training.batch_size)
    schedule = LambdaLR(optimizer, lambda step: training.rate_factor(step, steps_each))
    targets = loss.targets(split.y_train, split.classes)

    train_losses, tests, norms = [], [_evaluate(model, split, loss)], []
    steps, last = itertools.count(), training.epochs * steps_each - 1
    for order in epoch_orders([member.seed], training.epochs, len(targets)):
        total = 0.0
        for batch in order[0].split(training.batch_size):
            optimizer.zero_grad()
            logits = model(split.x_train[batch])
            batch_loss = loss.plain(logits, targets[batch], training.label_smoothing)
            batch_loss.backward()
            if next(steps) in (0, last):
                norms.append(_gradient_norms(model))
            _clip(model, training)
            optimizer.step()
            schedule.step()
            total += batch_loss.item() * len(batch)
        train_losses.append(total / len(targets))
        tests.append(_evaluate(model, split, loss))

    return _history(train_losses, tests, [norms[0], norms[-1]], model), model


def _start(split: Split, network: Network, outputs: int, member: Member) -> nn.Module:
    """Return a network's module as it starts."""
    drawn = Drawn(network, split.features, outputs, split.x_train)
    if not (isinstance(network, MLP) and member.initialization.is_drawn):
        return drawn.module(member)
    model = network.module(split.features, outputs)
    with torch.no_grad():
        fill_({name: value.unsqueeze(0) for name, value in model.named_parameters()}, [member])
    return model


def _clip(model: nn.Module, training: Training) -> None:
    if training.clip_value is not None:
        nn.utils.clip_grad_value_(model.parameters(), training.clip_value)
    if training.clip_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), training.clip_norm)


def _gradient_norms(model: nn.Module) -> list[float]:
    trained = [value for value in model.parameters() if value.requires_grad]
    gradients = [value.grad for value in trained if value.ndim > 1]
    return [0.0 if each is None else each.double().norm().item() for each in gradients]


def _evaluate(model: nn.Module, split: Split, loss: Loss) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        logits = model(split.x_test)
        test_loss = loss.plain(logits, loss.targets(split.y_test, split.classes))
        points = loss.points(logits, split.y_test).double().sum()
    model.train()
    return test_loss.item(), loss.score(points, split).item()


def _history(
    train_losses: list[float],
    tests: list[tuple[float, float]],
    norms: list[list[float]],
    model: nn.Module,
) -> History:
    test_losses, test_accuracies = zip(*tests, strict=True)
    train_loss = np.array([train_losses], dtype=np.float32)
    test_loss = np.array([test_losses], dtype=np.float32)
    test_accuracy = np.array([test_accuracies])
    finite = all(value.isfinite().all() for value in model.parameters())
    finite = finite and bool(np.isfinite(train_loss).all() and np.isfinite(test_loss).all())
    return History(train_loss, test_loss, test_accuracy, np.array([finite]), np.array([norms]))
