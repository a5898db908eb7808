"""The test data, on which all networks of a stack are evaluated together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from initscope.training.learning import Networks
from initscope.training.losses import Loss
from initscope.training.split import Split

_ROWS = 256  # bounds the memory of a forward pass


class Examination:
    """The networks of a stack, and the test data with the targets of a loss."""

    def __init__(self, split: Split, loss: Loss, members: int, networks: Networks) -> None:
        self._networks = networks
        self._members = members
        self._split = split
        self._loss = loss
        self._targets = loss.targets(split.y_test, split.classes)

    def result(self) -> tuple[Tensor, Tensor]:
        """Return each network's mean loss and its score, (members,)."""
        total = torch.zeros(self._members)
        points = torch.zeros(self._members, dtype=torch.float64)
        for rows, logits in self._logits():
            points += self._loss.points(logits, self._split.y_test[rows]).sum(1)
            total += self._loss.gradient_(logits, self._targets[rows]).sum(1)
        return total / len(self._split.x_test), self._loss.score(points, self._split)

    def gain_t(self) -> NDArray[np.float64]:
        """Return Student's t of how much smaller squared errors are than those of the mean, 0."""
        errors = [
            (logits.squeeze(-1) - self._split.y_test[rows]).double().square()
            for rows, logits in self._logits()
        ]
        gains = self._split.y_test.double().square() - torch.cat(errors, 1)
        deviation = gains.std(1).clamp_min(torch.finfo(torch.float64).tiny)
        t: NDArray[np.float64] = (gains.mean(1) / deviation).numpy() * len(gains[0]) ** 0.5
        return t

    def _logits(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Return rows of the test data with their logits, which may be overwritten."""
        for rows in torch.arange(len(self._split.x_test)).split(_ROWS):
            x = self._split.x_test[rows].expand(self._members, -1, -1)
            yield rows, self._networks.forward(x)
