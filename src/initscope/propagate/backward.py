"""From the gradient of an operation's output to that of an operand: a rule for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from initscope.observe import Operation, Trace
from initscope.propagate.activations import bent_by, moments, named, require_normal
from initscope.propagate.flow import APART, Flow, keeps_apart, mingle
from initscope.propagate.layers import convolved, dense, spatial
from initscope.propagate.norms import epsilon, scales, variance_of
from initscope.propagate.parts import kept_share
from initscope.propagate.pull import Pull
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots
from initscope.propagate.signals import Signals
from initscope.propagate.sums import factor_of
from initscope.propagate.taps import windows
from initscope.propagate.weights import Weight

_SKEW = 0.2  # error of log E[f'^2] where nothing of an activation's input is normal

_EVEN = 0.15
"""Relative variance over positions of what normalization divides by that its mean stands for."""

_SHARED = 0.02
"""What the weights' mean may add to a gradient whose parts are all alike, before it counts."""


@dataclass(frozen=True)
class Context:
    """A consumer, the gradient of its output, and which of its operands is asked for.

    Attributes:
        trace, roots: where it stands.
        row: the consumer.
        operand: the producer whose gradient is asked for.
        shape: of that operand.
        signals: of the forward pass.
        pull: the gradient with respect to its output.
    """

    trace: Trace
    roots: Roots
    row: Operation
    operand: int
    shape: tuple[int, ...]
    signals: Signals
    pull: Pull

    @property
    def flow(self) -> Flow:
        """The operand's signal, as it was measured where it was."""
        found = self.signals.as_measured(self.operand)
        if found is None:
            raise NoModelError("the signal there is not known")
        return found

    @property
    def ratio(self) -> float:
        """Elements of the output for each of the operand."""
        whole = sum(math.prod(shape) for shape in self.row.output_shapes)
        return whole / max(math.prod(self.shape), 1)

    def averaged(self, different: float) -> float:
        """Return the mean over pairs of the batch of what is one for equal members."""
        members = max(self.shape[0] * self.row.batches, 1) if len(self.shape) > 1 else 1
        return 1 / members + (1 - 1 / members) * different


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


def activated(at: Context) -> Pull:
    """An activation: E[f'^2], and what its slopes add to the spread of the gradient behind it."""
    if at.pull.chosen:
        raise NoModelError("a maximum behind it passes gradients where its input is large")
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


def normalized(at: Context) -> Pull:
    """Normalization: divided by the variance, less its parts along the mean and the signal."""
    row, flow = at.row, at.flow
    known = {"layer_norm", "batch_norm", "group_norm", "rms_norm"}
    if row.function not in known:
        raise NoModelError(f"the gradient of {row.function} has no model")
    scale, _ = scales(at.trace, row)
    divisor = variance_of(row, flow) + epsilon(row)
    if divisor <= epsilon(row):
        raise NoModelError("it divides by zero variance")
    lost, own, lean = _lost(at, flow)
    factor = scale.second / divisor * max(1 - lost, 0.0)
    varies = 0.0 if scale.constant else 2 / flow.units
    return at.pull._replace(
        second=at.pull.second * factor,
        own=at.pull.own + varies + own,
        lean=at.pull.lean + lean,
        profile=at.pull.profile if row.function == "batch_norm" else None,
    )


def _lost(at: Context, flow: Flow) -> tuple[float, float, float]:
    """Return the share of the gradient that normalization removes, its variance, and its doubt."""
    row = at.row
    if row.function == "batch_norm":
        return _lost_over_batch(at, flow)
    size = _normalized_size(at)
    if flow.uneven > (_EVEN if at.pull.sparse else 2 * _EVEN):
        raise NoModelError("its inputs differ in size, and small ones have large gradients")
    # The inverse variance of n features has the mean 1 + 2/n, the centred variance is 1/n smaller,
    # the gradient's mean is 1/n of it; its part along the signal went in the layer behind. Sums
    # with a normalized stream have variances that differ less.
    after_layer = at.trace.operations[at.operand].kind in {"linear", "convolution"}
    removed = -2 / size if after_layer else 0.0
    return removed, flow.core, (0.5 if after_layer else 2) / size + abs(flow.uneven) / 2


def _normalized_size(at: Context) -> int:
    given = at.row.options.get("normalized_shape")
    if at.row.function == "group_norm":
        groups = at.row.options.get("num_groups", 1)
        channels = at.shape[1] // (groups if isinstance(groups, int) else 1)
        if channels < 8:
            raise NoModelError("its groups are small, and their means over positions not recorded")
        return channels
    return math.prod(given) if isinstance(given, tuple) else at.shape[-1]


def _lost_over_batch(at: Context, flow: Flow) -> tuple[float, float, float]:
    """Over a batch of B independent members: (B - 2) / (B - 3) in the mean of all."""
    members = max(at.shape[0], 1)
    if members < 4 and len(at.shape) == 2:
        raise NoModelError("its batch is below 4: the mean inverse variance is infinite")
    if flow.alike > 0.9:
        raise NoModelError("its inputs are nearly equal over the batch")
    positions = len(at.shape) > 2
    lost = 0.0 if positions else 1 - (members - 2) / (members - 3)
    doubt = flow.alike / (1 - flow.alike) / 4 if positions else 0.0
    return lost, (2 / members) ** 2 + 2 / members / flow.units, doubt


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


def refused(reason: str) -> Callable[[Context], Pull]:
    """Return a rule that gives a reason."""

    def refuse(_at: Context) -> Pull:
        raise NoModelError(reason)

    return refuse


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
