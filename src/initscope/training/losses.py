"""Losses over a batch of networks: outputs (members, examples, outputs)."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional

from initscope.errors import InputError, unknown
from initscope.training.split import Split


class Loss(ABC):
    """A loss with its gradient."""

    name: str

    @abstractmethod
    def outputs(self, classes: int) -> int:
        """Return how many outputs the network needs."""

    @abstractmethod
    def targets(self, labels: Tensor, classes: int) -> Tensor:
        """Turn labels (n,) into float targets (n, outputs)."""

    @abstractmethod
    def gradient_(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Overwrite each example's logits with the gradient of its loss; return the losses."""

    @abstractmethod
    def plain(self, logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        """Mean loss of one network as people write it, for the plain loop."""

    @abstractmethod
    def smooth_(self, targets: Tensor, smoothing: Tensor) -> Tensor:
        """Spread a share of each target evenly over the classes, in place."""

    @abstractmethod
    def points(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return what the score is made of, an entry an example: hits, or squared errors."""

    def score(self, points: Tensor, split: Split) -> Tensor:
        """Turn each network's sum of points on the test data into its score: the accuracy."""
        return points / len(split.y_test)


class Softmax(Loss):
    r"""Softmax cross-entropy, :math:`\ell = \log \sum_j e^{z_j} - z_y`."""

    name = "softmax"

    def outputs(self, classes: int) -> int:
        if not classes:
            raise InputError("loss 'softmax' needs classes, the task is regression: use squared")
        return classes

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        return functional.one_hot(labels, classes).to(torch.get_default_dtype())

    def gradient_(self, logits: Tensor, targets: Tensor) -> Tensor:
        logits -= logits.amax(-1, keepdim=True)
        chosen = (logits * targets).sum(-1)
        total = logits.exp_().sum(-1, keepdim=True)
        logits.div_(total).sub_(targets)
        return total.squeeze(-1).log_().sub_(chosen)

    def plain(self, logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        return functional.cross_entropy(logits, targets, label_smoothing=smoothing)

    def smooth_(self, targets: Tensor, smoothing: Tensor) -> Tensor:
        return targets.mul_(1 - smoothing).add_(smoothing / targets.shape[-1])

    def points(self, logits: Tensor, labels: Tensor) -> Tensor:
        return logits.argmax(-1) == labels


class Sigmoid(Loss):
    r"""Sigmoid and binary cross-entropy, :math:`\ell = \log(1 + e^z) - y z`, two classes only."""

    name = "sigmoid"

    def outputs(self, classes: int) -> int:
        if classes != 2:
            other = "softmax" if classes else "squared"
            raise InputError(f"loss 'sigmoid' needs 2 classes, the task has {classes}: use {other}")
        return 1

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        return labels.unsqueeze(-1).to(torch.get_default_dtype())

    def gradient_(self, logits: Tensor, targets: Tensor) -> Tensor:
        losses = functional.softplus(logits).sub_(logits * targets).squeeze(-1)
        logits.sigmoid_().sub_(targets)
        return losses

    def plain(self, logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        smooth = (1 - smoothing) * targets + smoothing / 2
        return functional.binary_cross_entropy_with_logits(logits, smooth)

    def smooth_(self, targets: Tensor, smoothing: Tensor) -> Tensor:
        return targets.mul_(1 - smoothing).add_(smoothing / 2)

    def points(self, logits: Tensor, labels: Tensor) -> Tensor:
        return (logits.squeeze(-1) > 0).long() == labels


class Squared(Loss):
    r"""Squared error, :math:`\ell = (z - y)^2`, for regression; its score is R squared."""

    name = "squared"

    def outputs(self, classes: int) -> int:
        if classes:
            raise InputError(f"loss 'squared' is for regression, the task has {classes} classes")
        return 1

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        return labels.unsqueeze(-1)

    def gradient_(self, logits: Tensor, targets: Tensor) -> Tensor:
        logits -= targets
        losses = logits.square().squeeze(-1)
        logits *= 2
        return losses

    def plain(self, logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
        return functional.mse_loss(logits, targets)

    def smooth_(self, targets: Tensor, smoothing: Tensor) -> Tensor:
        return targets

    def points(self, logits: Tensor, labels: Tensor) -> Tensor:
        return (logits.squeeze(-1) - labels).double().square()

    def score(self, points: Tensor, split: Split) -> Tensor:
        r"""Return :math:`R^2 = 1 - \sum (z - y)^2 / \sum (y - \bar y)^2`."""
        return 1 - points / split.test_squares


LOSSES: dict[str, Loss] = {loss.name: loss for loss in (Softmax(), Sigmoid(), Squared())}


def loss_for(name: str | None, classes: int) -> str:
    """Return the loss to use: the one named, else sigmoid for two classes and softmax for more.

    No classes are regression, with the squared loss.

    Raises:
        InputError: the name is unknown, or the loss does not fit the number of classes.
    """
    chosen = name or {0: "squared", 2: "sigmoid"}.get(classes, "softmax")
    if chosen not in LOSSES:
        raise unknown("loss", chosen, LOSSES)
    LOSSES[chosen].outputs(classes)
    return chosen
