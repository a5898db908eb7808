"""How many networks train together, and how much work one of them is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from initscope.training.settings import Training

_STATE_BYTES = 4 * 2**20
"""Working state of a chunk: small enough to stay in a core's cache, large enough to pay for calls.

Measured in docs/decisions/0003-vectorized-training.md.
"""

_ARRAYS = 4  # parameters, gradients and the optimizer's two moments
_FLOAT = 4  # bytes


def members_per_chunk(
    shapes: Mapping[str, tuple[int, ...]], training: Training, extra: int = 0
) -> int:
    """Return the number of networks whose state fits the budget, at least one."""
    return max(1, _STATE_BYTES // state_bytes(shapes, training, extra))


def state_bytes(shapes: Mapping[str, tuple[int, ...]], training: Training, extra: int = 0) -> int:
    """Return the memory that one network needs while it trains.

    Args:
        shapes: name and shape of every parameter.
        training: how they are trained.
        extra: numbers that each example of a batch needs besides those below: a layer's outputs
            and their gradients.
    """
    parameters = sum(math.prod(shape) for shape in shapes.values())
    widths = sum(shape[0] for shape in shapes.values() if len(shape) > 1)
    activations = training.batch_size * (2 * widths + extra)
    return _FLOAT * (_ARRAYS * parameters + activations)


def operations(shapes: Mapping[str, tuple[int, ...]], training: Training, examples: int) -> int:
    """Return the floating-point operations of the matrix products that train one network.

    A pass forward multiplies and adds once for each weight and example; backward costs twice that.
    """
    weights = sum(math.prod(shape) for shape in shapes.values() if len(shape) > 1)
    return 3 * 2 * weights * examples * training.epochs
