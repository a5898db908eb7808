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

import numpy as np
import torch
from torch import Tensor

from initscope.training.drawn import Drawn, start_
from initscope.training.examination import Examination
from initscope.training.history import History
from initscope.training.learning import Learning, Networks
from initscope.training.losses import LOSSES, loss_for
from initscope.training.members import Member
from initscope.training.network import MLP
from initscope.training.order import epoch_orders
from initscope.training.perceptrons import Perceptrons
from initscope.training.products import full_precision
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack


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


def run(
    split: Split, training: Training, members: Sequence[Member], stack: Stack, networks: Networks
) -> History:
    """Train the networks of a stack, which hold their initial values; return the curves."""
    loss = LOSSES[loss_for(training.loss, split.classes)]
    own = [member.training or training for member in members]
    learning = Learning(split, loss, own, stack, networks)
    examination = Examination(split, loss, len(members), networks)

    train_losses, tests, norms = [], [examination.result()], []
    examples, seeds = len(split.x_train), [member.seed for member in members]
    steps_each = -(-examples // training.batch_size)
    steps, last = itertools.count(), training.epochs * steps_each - 1
    for order in epoch_orders(seeds, training.epochs, examples):
        total = torch.zeros(len(members))
        for batch in order.split(training.batch_size, dim=1):
            now = next(steps)
            total += learning.differentiate(batch, now)
            if now in (0, last):
                norms.append(_gradient_norms(stack))
            learning.move(training.rate_factor(now, steps_each))
        train_losses.append(total / examples)
        tests.append(examination.result())
    history = _history(train_losses, tests, torch.stack([norms[0], norms[-1]], 1), stack)
    return history if split.classes else replace(history, gain_t=examination.gain_t())


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
