"""Gradients through sums and products."""

from __future__ import annotations

from initscope.propagate.backward.context import Context
from initscope.propagate.forward.sums import factor_of
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import NoModelError


def added(at: Context) -> Pull:
    """A sum hands its gradient on."""
    if at.row.options.get("alpha", 1) != 1:
        raise NoModelError("alpha scales one of its operands")
    _require_same_size(at)
    return at.pull


def _require_same_size(at: Context) -> None:
    if at.ratio != 1:
        raise NoModelError("the operand is repeated, and how its gradients add is not known")


def multiplied(at: Context) -> Pull:
    """A product: the gradient is multiplied by the mean square of the other factor."""
    _require_same_size(at)
    if len(at.row.producers) == 1:
        factor = factor_of(at.trace, at.row)
        varying = 2 / at.shape[-1] if at.row.parameters else 0.0
        return at.pull.scaled(factor)._replace(own=at.pull.own + varying * bool(factor))
    if at.row.function not in {"mul", "multiply"} or not at.roots.are_disjoint(at.row.producers):
        raise NoModelError("its operands are functions of one another")
    (other,) = (producer for producer in at.row.producers if producer != at.operand)
    flow = at.signals.as_measured(other)
    if flow is None:
        raise NoModelError("the other factor is not known")
    varying = 3 / flow.units * flow.pairs + (1 if flow.uneven > 0.5 else 0)
    return at.pull.scaled(flow.second)._replace(own=at.pull.own + varying)
