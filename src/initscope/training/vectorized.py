"""Training many networks at once, by batched matrix products and a hand-written backward pass.

All members of a chunk share the shape of the network and the settings of training; they differ in
their initial weights, in the order of their data, and where they have their own training, in its
numbers: learning rate, weight decay, clipping thresholds, label smoothing. One step of a chunk is a
batched product for each layer forward, two for each layer backward, and one step of a fused
optimizer on one flat buffer. The plain loop in ``plain.py`` is the oracle for all of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from initscope.training.clipping import clips
from initscope.training.drawn import Drawn, start_
from initscope.training.history import History
from initscope.training.losses import LOSSES, loss_for
from initscope.training.members import Member
from initscope.training.network import MLP
from initscope.training.order import epoch_orders
from initscope.training.perceptrons import Perceptrons
from initscope.training.products import full_precision
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack
from initscope.training.steppers import stepper

_EVALUATION_ROWS = 256  # bounds the memory of a forward pass over the test data


def train(
    split: Split, network: MLP, training: Training, members: Sequence[Member]
) -> tuple[History, Stack]:
    """Train every member; return the curves and the trained parameters.

    Runs on one thread, so that results do not depend on the number of threads.
    """
    network.require_batches(len(split.x_train), training.batch_size)
    outputs = LOSSES[loss_for(training.loss, split.classes)].outputs(split.classes)
    shapes = network.shapes(split.features, outputs)
    stack = Stack(len(members), shapes, network.statistics())
    seeds = [member.seed for member in members]
    with alone():
        start_(stack.values, members, Drawn(network, split.features, outputs, split.x_train))
        networks = Perceptrons(network, stack, seeds, training.batch_size)
        return run(split, training, members, stack, networks), stack


@contextmanager
def alone() -> Iterator[None]:
    """Compute on one thread, in full precision, without autograd unless it is switched on."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad(), full_precision():
            yield
    finally:
        torch.set_num_threads(threads)


class Networks(Protocol):
    """Networks of a stack that run together, one row of inputs a member."""

    def forward(self, x: Tensor, step: int | None = None) -> Tensor:
        """Return the logits of inputs (members, examples, features), which may be overwritten.

        `step` is that of the training, counted from 0; None for evaluation.
        """

    def backward(self, gradient: Tensor) -> None:
        """Write the stack's gradients, given that of the latest logits."""


def run(
    split: Split, training: Training, members: Sequence[Member], stack: Stack, networks: Networks
) -> History:
    """Train the networks of a stack, which hold their initial values; return the curves."""
    loss = LOSSES[loss_for(training.loss, split.classes)]
    seeds = [member.seed for member in members]
    own = [member.training or training for member in members]
    step = stepper([each.optimizer for each in own], stack)
    clippings, smoothing = clips(own, stack), _smoothing(own)

    targets = loss.targets(split.y_train, split.classes)
    test_targets = loss.targets(split.y_test, split.classes)
    examples = len(split.x_train)

    def evaluate() -> tuple[Tensor, Tensor]:
        total = torch.zeros(len(members))
        points = torch.zeros(len(members), dtype=torch.float64)
        for rows in torch.arange(len(split.x_test)).split(_EVALUATION_ROWS):
            x = split.x_test[rows].expand(len(members), -1, -1)
            logits = networks.forward(x)
            points += loss.points(logits, split.y_test[rows]).sum(1)
            total += loss.gradient_(logits, test_targets[rows]).sum(1)
        return total / len(split.x_test), loss.score(points, split)

    train_losses, tests, steps, norms = [], [evaluate()], itertools.count(), []
    steps_each = -(-examples // training.batch_size)
    last = training.epochs * steps_each - 1
    for order in epoch_orders(seeds, training.epochs, examples):
        total = torch.zeros(len(members))
        for batch in order.split(training.batch_size, dim=1):
            now = next(steps)
            logits = networks.forward(_rows(split.x_train, batch), now)
            expected = _rows(targets, batch)
            if smoothing is not None:
                loss.smooth_(expected, smoothing)
            total += loss.gradient_(logits, expected).sum(1)
            networks.backward(logits.div_(batch.shape[1]))
            if now in (0, last):
                norms.append(_gradient_norms(stack))
            for clip in clippings:
                clip()
            step(training.rate_factor(now, steps_each))
        train_losses.append(total / examples)
        tests.append(evaluate())
    history = _history(train_losses, tests, torch.stack([norms[0], norms[-1]], 1), stack)
    if not split.classes:
        history = replace(history, gain_t=_gain_t(networks, split, len(members)))
    return history


def _smoothing(trainings: Sequence[Training]) -> Tensor | None:
    """Return each member's label smoothing, (members, 1, 1); None where no labels are smoothed."""
    given = [training.label_smoothing for training in trainings]
    return torch.tensor(given).view(-1, 1, 1) if any(given) else None


def _rows(table: Tensor, index: Tensor) -> Tensor:
    """Return table[index]; several times faster than indexing, for rows copied whole."""
    return table.index_select(0, index.reshape(-1)).view(*index.shape, -1)


def _gain_t(networks: Networks, split: Split, members: int) -> NDArray[np.float64]:
    """Return Student's t of how much smaller squared errors are than those of the mean, 0."""
    errors = []
    for rows in torch.arange(len(split.x_test)).split(_EVALUATION_ROWS):
        x = split.x_test[rows].expand(members, -1, -1)
        logits = networks.forward(x)
        errors.append((logits.squeeze(-1) - split.y_test[rows]).double().square())
    gains = split.y_test.double().square() - torch.cat(errors, 1)
    t: NDArray[np.float64] = (
        gains.mean(1) / gains.std(1).clamp_min(torch.finfo(torch.float64).tiny)
    ).numpy() * len(split.y_test) ** 0.5
    return t


def _gradient_norms(stack: Stack) -> Tensor:
    """Return the norm of the gradient of each layer's weights, (members, layers).

    In float64, since the squares of gradients that vanish, or explode, have no place in float32.
    """
    weights = [each.flatten(1).double() for each in stack.gradients.values() if each.ndim > 2]
    norms = [each.square().sum(1).sqrt() for each in weights]
    return torch.stack(norms, 1) if norms else torch.zeros(stack.members, 0, dtype=torch.float64)


def _history(
    train_losses: list[Tensor], tests: list[tuple[Tensor, Tensor]], norms: Tensor, stack: Stack
) -> History:
    train_loss = torch.stack(train_losses, 1).numpy()
    test_loss, test_accuracy = (torch.stack(part, 1).numpy() for part in zip(*tests, strict=True))
    finite = stack.finite().numpy() & np.isfinite(train_loss).all(1) & np.isfinite(test_loss).all(1)
    return History(train_loss, test_loss, test_accuracy, finite, norms.numpy())
