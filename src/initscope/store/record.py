"""One trained network, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """The result of one network; a value that is not a finite number is None.

    Attributes:
        cell: what distinguishes it within its experiment, such as its initializer.
        seed: the seed of its initial weights and of the order of its data.
        outcome: ``"trained"``, ``"stuck"`` or ``"diverged"``.
        train_loss: mean loss of the batches in each epoch.
        test_loss: before training and after each epoch.
        test_accuracy: before training and after each epoch.
        gradient_norms: at the first and at the last step, the norm of the gradient of each layer's
            weights, the layers in order; empty where an older version stored the network.
    """

    cell: str
    seed: int
    outcome: str
    train_loss: tuple[float | None, ...]
    test_loss: tuple[float | None, ...]
    test_accuracy: tuple[float | None, ...]
    gradient_norms: tuple[tuple[float | None, ...], ...] = ()
