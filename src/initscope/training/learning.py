"""One step of all networks of a stack, on a batch of its own for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from initscope.training.clipping import clips
from initscope.training.losses import Loss
from initscope.training.settings import Training
from initscope.training.split import Split
from initscope.training.stack import Stack
from initscope.training.steppers import stepper


class Networks(Protocol):
    """Networks of a stack that run together, one row of inputs a member."""

    def forward(self, x: Tensor, step: int | None = None) -> Tensor:
        """Return the logits of inputs (members, examples, features), which may be overwritten.

        `step` is that of the training, counted from 0; None for evaluation.
        """

    def backward(self, gradient: Tensor) -> None:
        """Write the stack's gradients, given that of the latest logits."""


class Learning:
    """Networks of a stack and how they learn, in two halves of a step.

    Args:
        split: the data.
        loss: what the gradients are of.
        trainings: the settings of each member.
        stack: what the optimizer moves.
        networks: what computes its gradients.
    """

    def __init__(
        self,
        split: Split,
        loss: Loss,
        trainings: Sequence[Training],
        stack: Stack,
        networks: Networks,
    ) -> None:
        self._networks = networks
        self._loss = loss
        self._x = split.x_train
        self._targets = loss.targets(split.y_train, split.classes)
        self._smoothing = _smoothing(trainings)
        self._clips = clips(trainings, stack)
        self._move = stepper([each.optimizer for each in trainings], stack)

    def differentiate(self, batch: Tensor, step: int) -> Tensor:
        """Write the gradients of a batch, rows (members, examples); return the sums of its losses.

        `step` is that of the training, counted from 0.
        """
        logits = self._networks.forward(_rows(self._x, batch), step)
        expected = _rows(self._targets, batch)
        if self._smoothing is not None:
            self._loss.smooth_(expected, self._smoothing)
        losses = self._loss.gradient_(logits, expected).sum(1)
        self._networks.backward(logits.div_(batch.shape[1]))
        return losses

    def move(self, factor: float) -> None:
        """Clip the gradients, and step by them at the learning rates times a factor."""
        for clip in self._clips:
            clip()
        self._move(factor)


def _smoothing(trainings: Sequence[Training]) -> Tensor | None:
    """Return each member's label smoothing, (members, 1, 1); None where no labels are smoothed."""
    given = [training.label_smoothing for training in trainings]
    return torch.tensor(given).view(-1, 1, 1) if any(given) else None


def _rows(table: Tensor, index: Tensor) -> Tensor:
    """Return table[index]; several times faster than indexing, for rows copied whole."""
    return table.index_select(0, index.reshape(-1)).view(*index.shape, -1)
