"""Gradients through activations: multiplied by slopes."""

from __future__ import annotations

from initscope.propagate.backward.context import Context
from initscope.propagate.flow import APART
from initscope.propagate.forward.activations import bent_by, moments, named, require_normal
from initscope.propagate.pull import MOST, SHARED, Pull
from initscope.propagate.refusal import NoModelError

_SKEW = 0.2  # error of log E[f'^2] where nothing of an activation's input is normal


def activated(at: Context) -> Pull:
    """An activation: E[f'^2], and what its slopes add to the spread of the gradient behind it."""
    if at.pull.chosen:
        raise NoModelError("a maximum behind it passes gradients where its input is large")
    if at.pull.shared > MOST:
        raise NoModelError(SHARED)
    flow = at.flow
    f = named(at.trace, at.row)
    require_normal(flow)
    if not flow.variance and 0.0 in f.breaks and not flow.mean:
        raise NoModelError("its input is zero, where its slope is a convention")
    found = moments(f, flow.mean, flow.variance)
    bend = bent_by(found.slope_curvature, flow)
    slope = found.slope_second
    if not slope:
        return Pull(0.0, restarted=at.pull.restarted)
    ratio = found.slope_fourth / slope**2
    cosine = 1.0 if flow.cosine is None else min(abs(flow.cosine), 1.0)
    alone = 3 * ratio - 1
    together = (1 + 2 * at.pull.aligned) * (1 + (ratio - 1) * cosine) - 1
    equal = at.averaged(0.0)
    doubt = abs(bend) / 2 + _SKEW * (1 - min(flow.normal, 1.0))
    return at.pull._replace(
        second=at.pull.second * (slope * (1 + bend)),
        own=(equal * alone + (1 - equal) * together) / flow.units * (APART if at.pull.apart else 1),
        lean=at.pull.lean + doubt,
    )
