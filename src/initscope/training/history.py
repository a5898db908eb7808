"""What is recorded while networks train."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def layers(shapes: Mapping[str, tuple[int, ...]]) -> list[str]:
    """Return the names of the weights that connect layers, in order, without their ``.weight``.

    They have two dimensions or more; biases, and what normalizations and branches multiply by, have
    one.

    >>> layers({"hidden.0.weight": (8, 4), "hidden.0.bias": (8,), "head.weight": (3, 8)})
    ['hidden.0', 'head']
    """
    return [name.removesuffix(".weight") for name, shape in shapes.items() if len(shape) > 1]


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
        gradient_norms: Euclidean norm of the gradient of each layer's weights at the first and at
            the last step, before it is clipped, (members, 2, layers); the layers in the order of
            :func:`layers`.
    """

    train_loss: NDArray[np.float32]
    test_loss: NDArray[np.float32]
    test_accuracy: NDArray[np.float64]
    finite: NDArray[np.bool_]
    gradient_norms: NDArray[np.float64]
    gain_t: NDArray[np.float64] | None = None
