"""From the signals that enter an operation to the one that leaves it: a rule for each kind."""

from __future__ import annotations

from collections.abc import Callable

from initscope.propagate.flow import Flow
from initscope.propagate.forward.activations import activated
from initscope.propagate.forward.context import Context
from initscope.propagate.forward.layers import convolution, embedding, linear
from initscope.propagate.forward.norms import normalized
from initscope.propagate.forward.parts import dropped, joined, viewed
from initscope.propagate.forward.sums import added, multiplied
from initscope.propagate.refusal import refused

_POSITIONS = "how alike its values are at different positions is not recorded"

RULES: dict[str, Callable[[Context], Flow]] = {
    "linear": linear,
    "convolution": convolution,
    "transposed_convolution": convolution,
    "embedding": embedding,
    "activation": activated,
    "add": added,
    "multiply": multiplied,
    "normalization": normalized,
    "dropout": dropped,
    "concat": joined,
    "view": viewed,
    "pooling": refused(_POSITIONS),
    "reduction": refused(_POSITIONS),
    "attention": refused(_POSITIONS),
    "matmul": refused("a product of two signals: " + _POSITIONS),
    "softmax": refused("shares of a softmax depend on the spread within a row"),
    "recurrent": refused("states of a recurrent layer add up over time"),
    "loss": refused("a loss depends on targets"),
    "elementwise": refused("its function has no model"),
    "other": refused("its meaning is unknown"),
    "opaque": refused("it ran unseen"),
}
