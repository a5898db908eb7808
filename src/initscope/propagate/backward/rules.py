"""From the gradient of an operation's output to that of an operand: a rule for each kind."""

from __future__ import annotations

from collections.abc import Callable

from initscope.propagate.backward.activations import activated
from initscope.propagate.backward.context import Context
from initscope.propagate.backward.layers import convolution, linear
from initscope.propagate.backward.norms import normalized
from initscope.propagate.backward.parts import dropped, joined, pooled, reduced, viewed
from initscope.propagate.backward.sums import added, multiplied
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import refused

RULES: dict[str, Callable[[Context], Pull]] = {
    "linear": linear,
    "convolution": convolution,
    "transposed_convolution": convolution,
    "activation": activated,
    "add": added,
    "multiply": multiplied,
    "normalization": normalized,
    "dropout": dropped,
    "concat": joined,
    "view": viewed,
    "pooling": pooled,
    "reduction": reduced,
    "attention": refused("gradients through attention depend on how alike positions are"),
    "matmul": refused("it feeds a product of two signals"),
    "softmax": refused("it feeds a softmax"),
    "recurrent": refused("it feeds a recurrent layer"),
    "loss": refused("it feeds the loss: gradients start here"),
    "elementwise": refused("it feeds a function without a model"),
    "other": refused("it feeds an operation of unknown meaning"),
    "opaque": refused("it feeds code that ran unseen"),
}
