"""What is recorded while networks train."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class History:
    """Curves of several networks, one row each.

    Attributes:
        train_loss: mean loss of the batches while an epoch ran, (members, epochs).
        test_loss: loss on the test data before training and after each epoch,
            (members, 1 + epochs).
        test_accuracy: likewise the score on the test data: the share that is classified correctly,
            or for regression R squared.
        finite: whether every loss and every parameter at the end is a finite number, (members,).
        gain_t: for regression, Student's t of the paired differences between the squared errors of
            the training mean and those of the network, over the test data at the end, (members,).
    """

    train_loss: NDArray[np.float32]
    test_loss: NDArray[np.float32]
    test_accuracy: NDArray[np.float64]
    finite: NDArray[np.bool_]
    gain_t: NDArray[np.float64] | None = None
