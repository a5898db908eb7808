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
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from initscope.training.activations import activation
from initscope.training.clipping import clips
from initscope.training.drawn import Drawn, start_
from initscope.training.history import History
from initscope.training.losses import LOSSES, loss_for
from initscope.training.members import Member
from initscope.training.network import MLP
from initscope.training.order import epoch_orders
from initscope.training.products import MKL, full_precision, library_for, use
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack, product_
from initscope.training.steppers import stepper

_EVALUATION_ROWS = 256  # bounds the memory of a forward pass over the test data


def train(
    split: Split, network: MLP, training: Training, members: Sequence[Member]
) -> tuple[History, Stack]:
    """Train every member; return the curves and the trained parameters.

    Runs on one thread, so that results do not depend on the number of threads.
    """
    loss = LOSSES[loss_for(training.loss, split.classes)]
    outputs = loss.outputs(split.classes)
    stack = Stack(len(members), network.shapes(split.features, outputs))
    drawn = Drawn(network, split.features, outputs, split.x_train)
    with alone():
        start_(stack.values, members, drawn)
        return run(split, training, members, stack, Perceptrons(network, stack)), stack


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

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """Return the logits of inputs (members, examples, features), which may be overwritten."""

    def backward(self, gradient: Tensor) -> None:
        """Write the stack's gradients, given that of the latest logits."""


def run(
    split: Split, training: Training, members: Sequence[Member], stack: Stack, networks: Networks
) -> History:
    """Train the networks of a stack, which hold their initial values; return the curves."""
    loss = LOSSES[loss_for(training.loss, split.classes)]
    own = [member.training or training for member in members]
    step = stepper([each.optimizer for each in own], stack)
    clippings, smoothing = clips(own, stack), _smoothing(own)

    targets = loss.targets(split.y_train, split.classes)
    test_targets = loss.targets(split.y_test, split.classes)
    examples = len(split.x_train)
    seeds = [member.seed for member in members]

    def evaluate() -> tuple[Tensor, Tensor]:
        total = torch.zeros(len(members))
        points = torch.zeros(len(members), dtype=torch.float64)
        for rows in torch.arange(len(split.x_test)).split(_EVALUATION_ROWS):
            x = split.x_test[rows].expand(len(members), -1, -1)
            logits = networks.forward(x, training=False)
            points += loss.points(logits, split.y_test[rows]).sum(1)
            total += loss.gradient_(logits, test_targets[rows]).sum(1)
        return total / len(split.x_test), loss.score(points, split)

    train_losses, tests, steps = [], [evaluate()], itertools.count()
    steps_each = -(-examples // training.batch_size)
    for order in epoch_orders(seeds, training.epochs, examples):
        total = torch.zeros(len(members))
        for batch in order.split(training.batch_size, dim=1):
            logits = networks.forward(_rows(split.x_train, batch), training=True)
            expected = _rows(targets, batch)
            if smoothing is not None:
                loss.smooth_(expected, smoothing)
            total += loss.gradient_(logits, expected).sum(1)
            networks.backward(logits.div_(batch.shape[1]))
            for clip in clippings:
                clip()
            step(training.rate_factor(next(steps), steps_each))
        train_losses.append(total / examples)
        tests.append(evaluate())
    history = _history(train_losses, tests, stack)
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
        logits = networks.forward(x, training=False)
        errors.append((logits.squeeze(-1) - split.y_test[rows]).double().square())
    gains = split.y_test.double().square() - torch.cat(errors, 1)
    t: NDArray[np.float64] = (
        gains.mean(1) / gains.std(1).clamp_min(torch.finfo(torch.float64).tiny)
    ).numpy() * len(split.y_test) ** 0.5
    return t


def _history(
    train_losses: list[Tensor], tests: list[tuple[Tensor, Tensor]], stack: Stack
) -> History:
    train_loss = torch.stack(train_losses, 1).numpy()
    test_loss, test_accuracy = (torch.stack(part, 1).numpy() for part in zip(*tests, strict=True))
    finite = stack.finite().numpy() & np.isfinite(train_loss).all(1) & np.isfinite(test_loss).all(1)
    return History(train_loss, test_loss, test_accuracy, finite)


class Perceptrons:
    """Forward and backward passes of a stack of multilayer perceptrons, in reused buffers."""

    def __init__(self, network: MLP, stack: Stack) -> None:
        self._members = stack.members
        self._activation = activation(network.activation)
        names = [name.removesuffix(".weight") for name in stack.values if name.endswith(".weight")]
        self._layers = [_Layer(stack, name) for name in names]
        self._buffers: dict[int, _Buffers] = {}
        self._library = MKL

    def forward(self, x: Tensor, *, training: bool) -> Tensor:
        """Return the logits of inputs x (members, examples, features), in a reused buffer."""
        rows = x.shape[1]
        if rows not in self._buffers:
            self._buffers[rows] = self._allocate(rows)
        self._current = buffers = self._buffers[rows]
        buffers.inputs[0] = x
        last = len(self._layers) - 1
        for index, layer in enumerate(self._layers):
            z = buffers.sums[index]
            self._use(buffers.libraries[index])
            torch.baddbmm(layer.bias_row, buffers.inputs[index], layer.weight_transposed, out=z)
            if index < last:
                self._activation.forward(z, buffers.inputs[index + 1])
        return buffers.sums[-1]

    def backward(self, gradient: Tensor) -> None:
        """Write the gradients of all parameters, given that of the latest logits."""
        buffers = self._current
        for index in reversed(range(len(self._layers))):
            layer, inputs = self._layers[index], buffers.inputs[index]
            self._use(buffers.libraries[index])
            product_(layer.weight_gradient, gradient.mT, inputs)
            torch.sum(gradient, 1, out=layer.bias_gradient)
            if index:
                below = buffers.gradients[index - 1]
                torch.bmm(gradient, layer.weight, out=below)
                kept = inputs if self._activation.keeps == "output" else buffers.sums[index - 1]
                self._activation.backward(below, kept)
                gradient = below

    def _use(self, library: str) -> None:
        if library != self._library:
            use(library)
            self._library = library

    def _allocate(self, rows: int) -> _Buffers:
        widths = [layer.bias_gradient.shape[1] for layer in self._layers]
        sums = [torch.empty(self._members, rows, width) for width in widths]
        if self._activation.keeps == "output":
            outputs = sums[:-1]
        else:
            outputs = [torch.empty_like(z) for z in sums[:-1]]
        return _Buffers(
            libraries=[library_for(rows, *layer.sizes) for layer in self._layers],
            inputs=[torch.empty(0), *outputs],
            sums=sums,
            gradients=[torch.empty_like(z) for z in sums[:-1]],
        )


class _Layer:
    """Views of one layer's parameters and gradients, in the forms that the passes need."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.weight = stack.values[f"{name}.weight"]
        self.weight_transposed = self.weight.mT
        self.bias_row = stack.values[f"{name}.bias"].unsqueeze(1)
        self.weight_gradient = stack.gradients[f"{name}.weight"]
        self.bias_gradient = stack.gradients[f"{name}.bias"]
        self.sizes = self.weight.shape[2], self.weight.shape[1]


@dataclass(frozen=True, slots=True)
class _Buffers:
    """Working memory of a pass over some number of examples, a list entry a layer.

    Attributes:
        libraries: which library makes the layer's products.
        inputs: what the layer receives.
        sums: its weighted sums, of which the last are the logits.
        gradients: gradients of the weighted sums of all layers but the last.
    """

    libraries: list[str]
    inputs: list[Tensor]
    sums: list[Tensor]
    gradients: list[Tensor]
