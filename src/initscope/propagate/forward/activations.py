"""Activations of a normal variable."""

from __future__ import annotations

import numpy as np

from initscope.errors import InputError
from initscope.observe import Operation, Trace
from initscope.propagate.flow import APART, Array, Flow
from initscope.propagate.forward.context import Context
from initscope.propagate.gaussian import Gaussian, gaussian
from initscope.propagate.refusal import NoModelError
from initscope.propagate.weights import weight
from initscope.theory import Activation, activation

NEARLY_NORMAL = 0.3
"""Share of the variance that must be normal for an activation's input to count as such."""

TINY = 1e-150
"""Second moments below this count as zero: their squares are."""

_SKEW = 0.15  # error of log E[f^2] where nothing of the input is normal, seen on residual ReLUs


def activated(at: Context) -> Flow:
    """An activation of a normal variable."""
    flow, f = at.flow, named(at.trace, at.row)
    require_normal(flow)
    variance = flow.variance
    found = moments(f, flow.mean, variance)
    bend = bent_by(found.curvature, flow)

    def common(product: float) -> float:
        """Return E[f(x) f(y)] from E[x y]."""
        return found.product((product - flow.mean**2) / variance if variance else 0.0)

    def shared(share: float) -> float:
        """Return the share of the second moment that two inputs have in common, after f."""
        return common(share * flow.second) / found.second if found.second else 0.0

    varying = found.fourth - found.second**2
    own = varying / found.second**2 / flow.units if found.second > TINY else 0.0
    doubt = abs(bend) / 2 + _SKEW * (1 - min(flow.normal, 1.0))
    return Flow(
        second=found.second * (1 + bend),
        mean=found.mean + found.mean_curvature * min(flow.uneven, 1.0),
        common=common(flow.common) if flow.units > 1 else found.second,
        cosine=None if flow.cosine is None else shared(flow.cosine),
        alike=shared(flow.alike),
        core=found.elasticity**2 * flow.core,
        drift=_drift(found, flow),
        own=own * flow.pairs * (APART if flow.apart else 1.0),
        lean=abs(found.elasticity) * flow.lean + doubt,
        uneven=found.elasticity**2 * flow.uneven + own,
        normal=0.0,
        units=flow.units,
        mingled=flow.mingled,
        members=flow.members,
        apart=flow.apart,
        restarted=flow.restarted,
        profile=None if flow.profile is None else _bent(flow.profile, found.elasticity),
    )


def _drift(found: Gaussian, flow: Flow) -> float:
    """Return the variance of the mean: inherited, and by the finite number of units.

    Along a stream both are taken as one noise, which errs on the wide side.
    """
    fresh = max(found.second - found.mean**2, 0.0) / flow.units * flow.pairs
    return (found.bow / 2) ** 2 * flow.core + fresh


def bent_by(curvature: float, flow: Flow) -> float:
    """Return the relative change of a moment that the unequal sizes of inputs cause."""
    return max(min(curvature * min(flow.uneven, 1.0), 0.5), -0.5)


def named(trace: Trace, row: Operation) -> Activation:
    """Return an operation's activation.

    Raises:
        NoModelError: the theory does not know it.
    """
    text = row.activation or row.function
    if text == "prelu" and row.parameters:
        text = f"prelu(a={weight(trace, row, 'weight').mean!r})"
    try:
        return activation(text)
    except InputError as error:
        raise NoModelError(f"{text} is not in the theory's table") from error


def moments(f: Activation, mean: float, variance: float) -> Gaussian:
    """Return the moments of an activation.

    Raises:
        NoModelError: they do not exist.
    """
    try:
        return gaussian(f, mean, variance)
    except InputError as error:
        raise NoModelError(str(error)) from error


def require_normal(flow: Flow) -> None:
    """Refuse an activation's input that is not normally distributed."""
    if flow.normal < NEARLY_NORMAL:
        raise NoModelError("its input is not normally distributed")
    if not flow.is_mixed:
        raise NoModelError("its units are alike: how they vary over inputs is not known")


def _bent(profile: Array, elasticity: float) -> Array:
    bent: Array = np.maximum(profile, 1e-12) ** elasticity
    even: Array = bent / bent.mean()
    return even
