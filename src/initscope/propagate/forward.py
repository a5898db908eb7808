"""From the signals that enter an operation to the one that leaves it: a rule for each kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from initscope.errors import InputError
from initscope.observe import Operation, Trace
from initscope.propagate import taps as geometry
from initscope.propagate.flow import Array, Flow, independent, members_of, units_of
from initscope.propagate.gaussian import Gaussian, gaussian
from initscope.propagate.refusal import NoModelError
from initscope.propagate.roots import Roots
from initscope.propagate.weights import Weight, of, optional, weight
from initscope.theory import Activation, activation

NEARLY_NORMAL = 0.3
"""Share of the variance that must be normal for an activation's input to count as such."""

TINY = 1e-150
"""Second moments below this count as zero: their squares are."""

_MIXING = 8  # channels whose sizes are averaged well enough

_SKEW = 0.15  # error of log E[f^2] where nothing of the input is normal, seen on residual ReLUs


@dataclass(frozen=True)
class Context:
    """An operation in its trace, with the signals that enter it."""

    trace: Trace
    roots: Roots
    row: Operation
    flows: tuple[Flow, ...]

    @property
    def flow(self) -> Flow:
        """The only signal that enters.

        Raises:
            NoModelError: there are several.
        """
        if len(self.flows) != 1:
            raise NoModelError(f"it has {len(self.flows)} signals among its operands")
        return self.flows[0]


def linear(at: Context) -> Flow:
    r"""A dense layer z = W h + b of n inputs, weights of mean w and standard deviation s.

    .. math:: E[z^2] = n s^2 E[h^2] + w^2 E[(\textstyle\sum_j h_j)^2] + 2 w b E[\sum_j h_j] + E[b^2]
    """
    kernel, fans, bias = dense(at.trace, at.row)
    return _weighted(at, kernel, bias, fans[0], at.flow.second, at.flow.profile)


def dense(trace: Trace, row: Operation) -> tuple[Weight, tuple[int, int], Weight]:
    """Return a dense layer's weight, its fans (in, out) and its bias."""
    if row.function not in {"linear", "addmm", "matmul", "mm", "rmatmul"}:
        raise NoModelError(f"{row.function} of a parameter has no model")
    use = next((use for use in row.parameters if use.argument != "bias"), None)
    if use is None or sum(each.argument != "bias" for each in row.parameters) != 1:
        raise NoModelError("its weight is not one parameter")
    kernel = of(trace, use)
    if len(kernel.shape) != 2:
        raise NoModelError(f"its weight has {len(kernel.shape)} dimensions")
    right = use.argument == "weight" and row.function != "rmatmul"
    if right:
        fans = row.input_shapes[0][-1], row.output_shapes[0][-1]
        if row.function == "addmm":
            fans = row.input_shapes[1][-1], fans[1]
    else:
        units = row.output_shapes[0][-2]
        fans = math.prod(kernel.shape) // units, units
    return kernel, fans, optional(trace, row, "bias")


def _weighted(  # noqa: PLR0913, PLR0917 - a layer's weights and what they multiply
    at: Context, kernel: Weight, bias: Weight, fan: int, second: float, profile: Array | None
) -> Flow:
    flow, units = at.flow, units_of(at.row)
    if not kernel.is_centred and math.isnan(flow.common):
        raise NoModelError("its weights share a mean, and how alike its inputs are is not known")
    centred = kernel.is_centred
    w = 0.0 if centred else kernel.mean
    noise = fan * kernel.std**2 * second
    shift = w * fan * flow.mean
    shared = 0.0 if centred else (w * fan) ** 2 * flow.common
    total = noise + shared + 2 * shift * bias.mean + bias.second
    through = (noise + shared) / total if total else 0.0
    constant = (w * fan * flow.mean + bias.mean) ** 2 + bias.std**2
    common = shared + 2 * shift * bias.mean + bias.mean**2 + (noise + bias.std**2) / units
    own = 2 / units * flow.pairs * (noise / total) ** 2 if total else 0.0
    return replace(
        flow,
        second=total,
        mean=shift + bias.mean,
        common=common,
        cosine=_mixed(flow.cosine, noise, total, constant),
        alike=min(_share(flow.alike, noise, total, constant), 1.0),
        core=through**2 * flow.spread,
        own=own,
        uneven=through**2 * (flow.uneven if flow.is_mixed else 1.0),
        normal=_normal(noise + bias.std**2, total - (shift + bias.mean) ** 2),
        apart=False,
        units=units,
        narrowest=min(flow.narrowest, units),
        members=members_of(at.row),
        profile=profile,
    )


def _mixed(cosine: float | None, noise: float, total: float, constant: float) -> float | None:
    return None if cosine is None or not total else min(_share(cosine, noise, total, constant), 1.0)


def _share(share: float, noise: float, total: float, constant: float) -> float:
    return (share * noise + constant) / total if total else 0.0


def _normal(share: float, variance: float) -> float:
    return min(share / variance, 1.0) if variance > 0 else 1.0


def _positive(value: float) -> float:
    return max(value, 1e-300)


def convolution(at: Context) -> Flow:
    """A convolution, or a transposed one: a dense layer over the taps that are not on padding."""
    kernel, found, fan = convolved(at.trace, at.row)
    apart = keeps_apart(at.row)
    if apart and at.flow.apart:
        raise NoModelError("its channels keep unequal sizes, since no layer before has mixed them")
    if not kernel.is_centred:
        raise NoModelError("its weights share a mean, and its inputs' neighbours are not followed")
    seen = found.forward(spatial(at.row.input_shapes[0], found, at.flow.profile, inputs=True))
    size = float(seen.mean())
    bias = optional(at.trace, at.row, "bias")
    flow = _weighted(at, kernel, bias, fan, at.flow.second * size, None)
    noise = fan * kernel.std**2 * at.flow.second * seen
    profile = noise + bias.second
    if not flow.second:
        return flow
    profile /= profile.mean()
    uneven = flow.uneven + float(profile.var())
    return replace(flow, profile=profile, uneven=uneven, apart=apart)


def keeps_apart(row: Operation) -> bool:
    """Whether a convolution mixes fewer than eight channels, as a depthwise one does."""
    groups = row.options.get("groups", 1)
    return isinstance(groups, int) and groups > 1 and row.input_shapes[0][1] // groups < _MIXING


def convolved(trace: Trace, row: Operation) -> tuple[Weight, geometry.Taps, int]:
    """Return a convolution's kernel, its taps, and the channels that an output sums over."""
    kernel = weight(trace, row, "weight")
    found = geometry.taps(row, kernel.shape[2:])
    transposed = row.kind == "transposed_convolution"
    groups = row.options.get("groups", 1)
    if not isinstance(groups, int):
        raise NoModelError(f"groups {groups!r} are not understood")
    return kernel, found, kernel.shape[0] // groups if transposed else kernel.shape[1]


def spatial(
    shape: tuple[int, ...], found: geometry.Taps, profile: Array | None, *, inputs: bool
) -> Array:
    """Return a profile over positions, an even one where none is known that fits."""
    sizes = tuple(matrix.shape[1 if inputs else 0] for matrix in found.counts)
    if profile is None or profile.shape != sizes:
        return np.ones(sizes)
    return profile


def embedding(at: Context) -> Flow:
    """Rows of a table; which of them are shown is not known, so that the spread is that of one."""
    if at.row.function != "embedding" or at.row.options.get("max_norm"):
        raise NoModelError("rows of the table are combined or rescaled")
    table = weight(at.trace, at.row, "weight")
    units = units_of(at.row)
    found = at.row.forward
    return Flow(
        second=table.second,
        mean=table.mean if not table.is_centred else 0.0,
        common=independent(table.second, table.mean, units),
        cosine=found.cosine if found else None,
        alike=max(found.cosine or 0.0, 0.0) if found else 0.0,
        core=0.0,
        own=0.0 if table.constant else 2 / units,
        uneven=2 / units,
        normal=0.0,
        units=units,
        narrowest=units,
        members=members_of(at.row),
    )


def activated(at: Context) -> Flow:
    """An activation of a normal variable."""
    flow, f = at.flow, named(at.trace, at.row)
    require_normal(flow)
    found = moments(f, flow.mean, flow.variance)
    bend = bent_by(found.curvature, flow)
    varying = found.fourth - found.second**2
    own = varying / found.second**2 / flow.units if found.second > TINY else 0.0
    doubt = (bend / 2) ** 2 + (_SKEW * (1 - min(flow.normal, 1.0))) ** 2
    return replace(
        flow,
        second=found.second * (1 + bend),
        mean=found.mean,
        common=found.product(_correlation(flow, flow.common)) if flow.units > 1 else found.second,
        cosine=None if flow.cosine is None else _product(found, flow, flow.cosine),
        alike=_product(found, flow, flow.alike),
        core=found.elasticity**2 * flow.core,
        own=own * flow.pairs + doubt,
        uneven=found.elasticity**2 * flow.uneven + own,
        normal=0.0,
        profile=None if flow.profile is None else _bent(flow.profile, found.elasticity),
    )


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


def _correlation(flow: Flow, product: float) -> float:
    return (product - flow.mean**2) / flow.variance if flow.variance else 0.0


def _product(found: Gaussian, flow: Flow, share: float) -> float:
    """Return the share of the second moment that two correlated inputs have in common after f."""
    if not found.second:
        return 0.0
    return found.product(_correlation(flow, share * flow.second)) / found.second


def _bent(profile: Array, elasticity: float) -> Array:
    bent: Array = np.maximum(profile, 1e-12) ** elasticity
    return bent / bent.mean()


def added(at: Context) -> Flow:
    """A sum of signals, parameters and numbers: variances add, and means."""
    row = at.row
    sign = -1.0 if row.function in {"sub", "rsub", "subtract"} else 1.0
    if row.options.get("alpha", 1) != 1:
        raise NoModelError("alpha scales one of its operands")
    if len(at.flows) == 2 and len(row.input_shapes) == 2:
        return _sum_of_two(at, sign)
    flow = at.flow
    if row.parameters and len(row.input_shapes) == 2:
        other = of(at.trace, row.parameters[0])
        constant = replace(
            _constant(flow, other.mean, other.std), units=units_of(row)
        )
        return _sum(flow, constant, sign, at)
    value = row.options.get("other", row.options.get("input"))
    if isinstance(value, int | float) and len(row.input_shapes) == 1:
        if row.function == "rsub":
            flow = replace(flow, mean=-flow.mean)
            sign = 1.0
        return _sum(flow, _constant(flow, float(value), 0.0), sign, at)
    raise NoModelError("it adds a constant whose values are not recorded")


def _constant(flow: Flow, mean: float, std: float) -> Flow:
    second = mean**2 + std**2
    return replace(
        flow, second=second, mean=mean, common=independent(second, mean, flow.units),
        cosine=None if flow.cosine is None else 1.0, alike=1.0, core=0.0, own=0.0, uneven=0.0,
        normal=1.0, profile=None, restarted=False,
    )  # fmt: skip


def _sum_of_two(at: Context, sign: float) -> Flow:
    if at.row.producers[0] == at.row.producers[1] or not at.roots.are_disjoint(at.row.producers):
        raise NoModelError("its operands are functions of one another")
    sizes = [math.prod(shape) for shape in at.row.input_shapes]
    if min(sizes) != math.prod(at.row.output_shapes[0]) and at.flows[0].units != at.flows[1].units:
        raise NoModelError("one of its operands is repeated along its units")
    return _sum(*at.flows, sign, at)


def _sum(x: Flow, y: Flow, sign: float, at: Context) -> Flow:
    product = sign * x.mean * y.mean
    total = x.second + y.second + 2 * product
    if total <= 0:
        return replace(x, second=0.0, mean=0.0, common=0.0)
    shares = x.second / total, y.second / total
    mean = x.mean + sign * y.mean
    variance = _positive(total - mean**2)
    units = units_of(at.row)
    crossed = 4 * shares[0] * shares[1] * min(x.pairs, y.pairs) / units
    common = x.common + y.common + 2 * product
    return Flow(
        second=total,
        mean=mean,
        common=common,
        cosine=_together(x, y, [x.cosine, y.cosine], product, total),
        alike=_together(x, y, [x.alike, y.alike], product, total) or 0.0,
        core=(shares[0] * math.sqrt(x.core) + shares[1] * math.sqrt(y.core)) ** 2,
        own=shares[0] ** 2 * x.own + shares[1] ** 2 * y.own + crossed,
        uneven=(shares[0] * math.sqrt(x.uneven) + shares[1] * math.sqrt(y.uneven)) ** 2,
        normal=(x.normal * x.variance + y.normal * y.variance) / variance,
        units=units,
        narrowest=min(x.narrowest, y.narrowest),
        members=members_of(at.row),
        profile=_profiles(x, y, shares),
        restarted=x.restarted or y.restarted,
    )


def _together(
    x: Flow, y: Flow, parts: list[float | None], product: float, total: float
) -> float | None:
    if parts[0] is None or parts[1] is None:
        return None
    return min((parts[0] * x.second + parts[1] * y.second + 2 * product) / total, 1.0)


def _profiles(x: Flow, y: Flow, shares: tuple[float, float]) -> Array | None:
    if x.profile is None or y.profile is None or x.profile.shape != y.profile.shape:
        return None
    return (shares[0] * x.profile + shares[1] * y.profile) / sum(shares)


def multiplied(at: Context) -> Flow:
    """A product with a number, a parameter, or an independent signal."""
    row = at.row
    if len(at.flows) == 2 and len(row.input_shapes) == 2:
        return _gated(at)
    flow, factor = at.flow, factor_of(at.trace, row)
    if row.parameters:
        other = of(at.trace, row.parameters[0])
        return replace(
            flow, second=flow.second * factor, mean=flow.mean * other.mean,
            common=_apart(flow, flow.second * factor, flow.mean * other.mean),
            normal=flow.normal if other.std <= 1e-3 * abs(other.mean) else 0.0,
            own=flow.own + (0.0 if other.constant else 2 / flow.units),
        )  # fmt: skip
    return replace(
        flow, second=flow.second * factor, mean=flow.mean * math.sqrt(factor),
        common=flow.common * factor,
    )  # fmt: skip


def _apart(flow: Flow, second: float, mean: float) -> float:
    """Return the second moment of the mean over units that are as independent as before."""
    return independent(second, mean, flow.units) if flow.is_mixed else math.nan


def factor_of(trace: Trace, row: Operation) -> float:
    """Return the mean square of what a signal is multiplied by.

    Raises:
        NoModelError: it is neither a number nor a parameter.
    """
    divides = row.function in {"div", "divide", "true_divide"}
    if row.parameters and len(row.input_shapes) == 2 and not divides and row.function != "rdiv":
        return of(trace, row.parameters[0]).second
    value = row.options.get("other", row.options.get("input"))
    is_number = isinstance(value, int | float) and len(row.input_shapes) == 1
    if not is_number or row.function == "rdiv" or (divides and not value):
        raise NoModelError("it multiplies by a constant whose values are not recorded")
    number = float(value)  # type: ignore[arg-type]
    return number**-2 if divides else number**2


def _gated(at: Context) -> Flow:
    x, y = at.flows
    if at.row.function not in {"mul", "multiply"}:
        raise NoModelError("a quotient of two signals has no model")
    if not at.roots.are_disjoint(at.row.producers):
        raise NoModelError("its operands are functions of one another")
    if len({x.units, y.units, units_of(at.row)}) > 1:
        raise NoModelError("one of its operands is repeated along its units")
    second, mean = x.second * y.second, x.mean * y.mean
    doubt = x.uneven * y.uneven
    return replace(
        x, second=second, mean=mean, common=_apart(x, second, mean) + 0 * y.common,
        cosine=None if x.cosine is None or y.cosine is None else x.cosine * y.cosine,
        alike=x.alike * y.alike,
        core=(math.sqrt(x.core) + math.sqrt(y.core)) ** 2,
        own=x.own + y.own + 8 / x.units * min(x.pairs, y.pairs) + doubt,
        uneven=(math.sqrt(x.uneven) + math.sqrt(y.uneven)) ** 2, normal=0.0,
        narrowest=min(x.narrowest, y.narrowest), profile=None,
        restarted=x.restarted or y.restarted,
    )  # fmt: skip


def normalized(at: Context) -> Flow:
    """Normalization: mean squares become those of its scale and shift, less what eps takes."""
    row, flow = at.row, at.flow
    if row.function not in {"layer_norm", "batch_norm", "group_norm", "rms_norm", "instance_norm"}:
        raise NoModelError(f"{row.function} has no model")
    scale, shift = scales(at.trace, row)
    divisor = variance_of(row, flow)
    eps = epsilon(row)
    kept = divisor / (divisor + eps) if divisor + eps > 0 else 0.0
    second = scale.second * kept + shift.second
    over_batch = row.function in {"batch_norm", "instance_norm"}
    mean = shift.mean if row.function != "rms_norm" else flow.mean * scale.mean / divisor**0.5
    share = shift.second / second if second else 0.0
    own = (1 - kept) ** 2 * (flow.spread + flow.uneven)
    if row.function == "rms_norm" or not over_batch:
        own += (1 - kept) ** 2
    return replace(
        flow,
        second=second,
        mean=mean,
        common=independent(second, mean, flow.units),
        cosine=_after_norm(row, flow, scale, shift, second),
        alike=share if over_batch else min(flow.alike, 1.0),
        core=0.0,
        own=own + _doubt(scale, shift, flow.units),
        uneven=2 / flow.members + flow.uneven if over_batch else 0.0,
        profile=flow.profile if over_batch else None,
    )


def _doubt(scale: Weight, shift: Weight, units: int) -> float:
    """Scales that vary over units meet units of unequal size."""
    return 0.0 if scale.constant and shift.constant else 2 / units


def _after_norm(
    row: Operation, flow: Flow, scale: Weight, shift: Weight, second: float
) -> float | None:
    if flow.cosine is None or not second:
        return None
    if row.function == "batch_norm":
        return (shift.second - scale.second / max(flow.members - 1, 1)) / second
    if row.function == "rms_norm":
        return flow.cosine
    centred = max(flow.second - flow.mean**2, 1e-300)
    cosine = (flow.cosine * flow.second - flow.mean**2) / centred
    return (max(min(cosine, 1.0), -1.0) * scale.second + shift.second) / second


def scales(trace: Trace, row: Operation) -> tuple[Weight, Weight]:
    """Return a normalization's scale and shift."""
    one = Weight(1.0, 0.0, (), constant=True)
    return optional(trace, row, "weight", one), optional(trace, row, "bias")


def epsilon(row: Operation) -> float:
    value = row.options.get("eps", 1e-5)
    return float(value) if isinstance(value, int | float) else 1e-5


def variance_of(row: Operation, flow: Flow) -> float:
    """Return the mean of what a normalization divides by, squared.

    Raises:
        NoModelError: it is not known.
    """
    if row.function == "rms_norm":
        return flow.second
    if row.function in {"batch_norm", "instance_norm"}:
        if row.options.get("batch_statistics") is not True:
            raise NoModelError("it divides by running statistics, which are not recorded")
        return flow.second * max(1 - flow.alike, 0.0)
    if math.isnan(flow.common):
        raise NoModelError("how alike its units are is not known")
    # Rounding of equal units is nothing to divide by.
    left = flow.second - max(flow.common - (flow.second - flow.mean**2) / flow.units, 0.0)
    return left if left > 1e-6 * flow.second else 0.0


def dropped(at: Context) -> Flow:
    """Dropout: 1 / (1 - p) in training."""
    flow = at.flow
    if not at.row.function.startswith("dropout"):
        raise NoModelError(f"{at.row.function} has no model")
    kept = kept_share(at.row)
    if kept == 1:
        return flow
    noise = 3 / kept / (flow.units * flow.members)
    return replace(
        flow, second=flow.second / kept, own=flow.own + noise, normal=0.0,
        cosine=None if flow.cosine is None else flow.cosine * kept, alike=flow.alike * kept,
        common=_apart(flow, flow.second / kept, flow.mean),
        uneven=flow.uneven + 3 / kept / flow.units,
    )  # fmt: skip


def kept_share(row: Operation) -> float:
    p = row.options.get("p", 0.5)
    if not row.options.get("training", True):
        return 1.0
    if not isinstance(p, int | float) or p >= 1:
        raise NoModelError("it drops everything")
    return 1 - float(p)


def joined(at: Context) -> Flow:
    """A concatenation: second moments are averaged over elements."""
    row = at.row
    if row.function not in {"cat", "stack", "concat", "concatenate", "hstack", "vstack"}:
        raise NoModelError(f"{row.function} writes into a part of a tensor")
    shapes = [shape for shape in row.input_shapes if math.prod(shape)]
    if len(at.flows) != len(shapes):
        raise NoModelError("it joins constants whose values are not recorded")
    sizes = np.array([math.prod(shape) for shape in shapes], dtype=float)
    shares = sizes / sizes.sum()
    seconds = np.array([flow.second for flow in at.flows])
    mean = float(shares @ [flow.mean for flow in at.flows])
    second = float(shares @ seconds)
    first = at.flows[0]
    uneven = float(shares @ seconds**2) / second**2 - 1 if second else 0.0
    parts = shares * seconds / second if second else shares
    cosines = [flow.cosine for flow in at.flows]
    units = units_of(row)
    return replace(
        first,
        second=second,
        mean=mean,
        common=_apart(max(at.flows, key=lambda flow: math.isnan(flow.common)), second, mean),
        cosine=None if None in cosines else float(parts @ np.array(cosines, dtype=float)),
        alike=float(parts @ [flow.alike for flow in at.flows]),
        core=float(parts @ [math.sqrt(flow.core) for flow in at.flows]) ** 2,
        own=float(parts**2 @ [flow.own for flow in at.flows]),
        uneven=uneven + max(flow.uneven for flow in at.flows),
        normal=min(flow.normal for flow in at.flows) if uneven < 0.1 else 0.0,
        units=units,
        narrowest=min(flow.narrowest for flow in at.flows),
        profile=None,
        restarted=any(flow.restarted for flow in at.flows),
    )


_SELECTING = {"getitem", "select", "narrow", "index_select", "gather", "take", "unbind"}
_CUTTING = {"chunk", "split", "split_with_sizes", "tensor_split", "hsplit", "vsplit"}
_CHANGING = {"pad", "unfold", "fold", "as_strided", "tril", "triu", "masked_select", "diag", "real"}


def viewed(at: Context) -> Flow:
    """A view: the same numbers, or some of them."""
    row, flow = at.row, at.flow
    if row.function in _CHANGING | {"imag", "diagonal", "view_as_real", "view_as_complex"}:
        raise NoModelError(f"{row.function} changes which elements there are")
    before, after = (math.prod(shapes[0]) for shapes in (row.input_shapes, row.output_shapes))
    if before == after:
        same = row.input_shapes[0][-1:] == row.output_shapes[0][-1:]
        kept = flow.profile if row.input_shapes[0][2:] == row.output_shapes[0][2:] else None
        return replace(flow, profile=kept, core=flow.core) if same else replace(flow, profile=None)
    if row.function in _SELECTING and after < before:
        # A single position may differ from the mean over all, and be the same in every member.
        return replace(flow, own=flow.own + flow.uneven, profile=None, cosine=None)
    if row.function in _CUTTING:
        return replace(flow, own=flow.own + flow.uneven, profile=None)
    return replace(flow, profile=None)


def refused(reason: str) -> Callable[[Context], Flow]:
    """Return a rule that gives a reason."""

    def refuse(at: Context) -> Flow:
        raise NoModelError(reason)

    return refuse


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
