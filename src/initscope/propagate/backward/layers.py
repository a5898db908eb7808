"""Gradients through layers with weights: summed with random signs over what an input reaches."""

from __future__ import annotations

import math

from initscope.propagate.backward.context import Context
from initscope.propagate.flow import APART, keeps_apart, mingle
from initscope.propagate.forward.layers import convolved, dense, spatial
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import NoModelError
from initscope.propagate.weights import Weight

_SHARED = 0.02
"""What the weights' mean may add to a gradient whose parts are all alike, before it counts."""


def linear(at: Context) -> Pull:
    """A dense layer: the gradient is summed over its m outputs, m E[w^2] g."""
    kernel, (_, fan_out), _ = dense(at.trace, at.row)
    _require_apart(kernel, fan_out)
    return _through(at, fan_out * kernel.second, at.shape[-1])


def _through(at: Context, factor: float, units: int) -> Pull:
    return at.pull._replace(
        second=at.pull.second * factor,
        core=at.pull.core + at.pull.own,
        own=2 / units * at.averaged(at.pull.aligned),
        chosen=False,
        apart=False,
        profile=None,
        aligned=mingle(at.pull.aligned, units),
        shared=1 / units,
    )


def _require_apart(kernel: Weight, fan_out: int) -> None:
    if not kernel.is_centred and fan_out * kernel.mean**2 > _SHARED * kernel.std**2:
        raise NoModelError(
            "its weights share a mean, and how its outputs' gradients add is unknown"
        )


def convolution(at: Context) -> Pull:
    """A convolution: every input is summed over the outputs that it reaches."""
    kernel, found, _ = convolved(at.trace, at.row)
    groups = at.row.options.get("groups", 1)
    outputs = at.row.output_shapes[0][1] // groups if isinstance(groups, int) else 1
    _require_apart(kernel, outputs * math.prod(kernel.shape[2:]))
    seen = found.backward(spatial(found, at.pull.profile, inputs=False))
    mean = float(seen.mean())
    apart = keeps_apart(at.row)
    if apart and at.pull.apart:
        raise NoModelError("channels keep unequal sizes, since no layer behind has mixed them")
    pull = _through(at, outputs * kernel.second * mean, at.shape[1])
    own = pull.own * (APART if apart else 1.0)
    return pull._replace(profile=seen / mean if mean else None, apart=apart, own=own)
