"""Gradients through what keeps, drops, joins, shows or averages elements."""

from __future__ import annotations

from initscope.propagate.backward.context import Context
from initscope.propagate.forward.parts import kept_share
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import NoModelError
from initscope.propagate.taps import windows


def dropped(at: Context) -> Pull:
    """Dropout: 1 / (1 - p)."""
    return at.pull.scaled(1 / kept_share(at.row))


def viewed(at: Context) -> Pull:
    """A view: each gradient goes to the element that was shown; those not shown get none."""
    row = at.row
    if row.function in {"gather", "index_select", "take", "pad", "unfold", "fold", "as_strided"}:
        raise NoModelError(f"{row.function} may show an element more than once")
    if at.ratio > 1:
        raise NoModelError(
            f"{row.function} repeats elements, and how their gradients add is unknown"
        )
    same = row.input_shapes[0][2:] == row.output_shapes[0][2:]
    some = at.ratio < 1 and row.input_shapes[0][-1] == row.output_shapes[0][-1]
    profile = at.pull.profile if same else None
    return at.pull.scaled(at.ratio)._replace(profile=profile, sparse=at.pull.sparse or some)


def joined(at: Context) -> Pull:
    """A concatenation along units whose consumers' random weights treat all parts alike."""
    row = at.row
    if row.function not in {"cat", "concat", "concatenate"}:
        raise NoModelError(f"{row.function} writes into a part of a tensor")
    dim = row.options.get("dim", 0)
    units = 1 if len(at.shape) in {3, 4, 5} and dim == 1 else len(at.shape) - 1
    along = dim in {-1, len(at.shape) - 1, units}
    after = at.trace.consumers_past_views(row.index)
    mixing = {"linear", "convolution", "transposed_convolution"}
    if not along or any(each.kind not in mixing for each in after):
        raise NoModelError("gradients of the parts of a concatenation may differ")
    return at.pull


def pooled(at: Context) -> Pull:
    """Windows that cover the input once: a mean shares its gradient, a maximum hands it on."""
    size = windows(at.row) if "pool" in at.row.function else None
    if size is None or at.row.function.startswith("lp"):
        raise NoModelError("its windows do not cover every position once")
    if "max" in at.row.function:
        return at.pull.scaled(1 / size)._replace(chosen=size > 1, sparse=True, profile=None)
    return at.pull.scaled(size**-2)._replace(profile=None)


def reduced(at: Context) -> Pull:
    """A mean or a sum: every element gets the same gradient, or its share."""
    if at.row.function == "mean":
        return at.pull.scaled(at.ratio**2)._replace(profile=None)
    if at.row.function == "sum":
        return at.pull._replace(profile=None)
    raise NoModelError(f"the gradient of {at.row.function} has no model")
