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
        test_accuracy: likewise, the share of test examples that are classified correctly.
        finite: whether every loss and every parameter at the end is a finite number, (members,).
    """

    train_loss: NDArray[np.float32]
    test_loss: NDArray[np.float32]
    test_accuracy: NDArray[np.float64]
    finite: NDArray[np.bool_]
