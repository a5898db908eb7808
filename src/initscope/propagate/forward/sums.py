"""Sums and products of signals, parameters and numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from initscope.observe import Operation, Trace
from initscope.propagate.flow import Array, Flow, independent, members_of, units_of
from initscope.propagate.forward.context import Context
from initscope.propagate.refusal import NoModelError
from initscope.propagate.weights import of


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
        constant = _constant(flow, other.mean, other.std)._replace(units=units_of(row))
        return _sum(flow, constant, sign, at)
    value = row.options.get("other", row.options.get("input"))
    if isinstance(value, int | float) and len(row.input_shapes) == 1:
        if row.function == "rsub":
            flow = flow._replace(mean=-flow.mean)
            sign = 1.0
        return _sum(flow, _constant(flow, float(value), 0.0), sign, at)
    raise NoModelError("it adds a constant whose values are not recorded")


def _constant(flow: Flow, mean: float, std: float) -> Flow:
    second = mean**2 + std**2
    return flow._replace(
        second=second, mean=mean, common=independent(second, mean, flow.units),
        cosine=None if flow.cosine is None else 1.0, alike=1.0, core=0.0, own=0.0, uneven=0.0,
        drift=0.0, normal=1.0, profile=None, restarted=False,
    )  # fmt: skip


def _sum_of_two(at: Context, sign: float) -> Flow:
    if at.row.producers[0] == at.row.producers[1] or not at.roots.are_disjoint(at.row.producers):
        raise NoModelError("its operands are functions of one another")
    sizes = [math.prod(shape) for shape in at.row.input_shapes]
    if min(sizes) != math.prod(at.row.output_shapes[0]) and at.flows[0].units != at.flows[1].units:
        raise NoModelError("one of its operands is repeated along its units")
    x, y = at.flows
    return _sum(x, y, sign, at)


def _sum(x: Flow, y: Flow, sign: float, at: Context) -> Flow:
    product = sign * x.mean * y.mean
    total = x.second + y.second + 2 * product
    if total <= 0:
        return x._replace(second=0.0, mean=0.0, common=0.0)
    shares = x.second / total, y.second / total
    mean = x.mean + sign * y.mean
    variance = _positive(total - mean**2)
    units = units_of(at.row)
    crossed_by = 2 * y.mean / total, 2 * x.mean / total
    crossing = abs(product) / total
    crossed = 4 * shares[0] * shares[1] * min(x.pairs, y.pairs) / units
    common = x.common + y.common + 2 * product
    return Flow(
        second=total,
        mean=mean,
        common=common,
        cosine=_together(x, y, [x.cosine, y.cosine], product, total),
        alike=_together(x, y, [x.alike, y.alike], product, total) or 0.0,
        core=_root_sum((*shares, *crossed_by), (x.core, y.core, x.drift, y.drift)),
        drift=_root_sum((1.0, 1.0), (x.drift, y.drift)),
        own=shares[0] ** 2 * x.own + shares[1] ** 2 * y.own + crossed,
        uneven=_both(x, y, shares),
        normal=(x.normal * x.variance + y.normal * y.variance) / variance,
        units=units,
        mingled=max(x.mingled, y.mingled),
        lean=(shares[0] + crossing) * x.lean + (shares[1] + crossing) * y.lean,
        members=members_of(at.row),
        profile=_profiles(x, y, shares),
        restarted=x.restarted or y.restarted,
    )


def _root_sum(shares: Sequence[float], parts: Sequence[float]) -> float:
    """Add the variances of terms that all follow one noise, each times its share."""
    return sum(abs(s) * math.sqrt(part) for s, part in zip(shares, parts, strict=True)) ** 2


def _both(x: Flow, y: Flow, shares: tuple[float, float]) -> float:
    sizes = (math.sqrt(max(flow.uneven, 0.0)) for flow in (x, y))
    return float(sum(share * size for share, size in zip(shares, sizes, strict=True))) ** 2


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


def _positive(value: float) -> float:
    return max(value, 1e-300)


def multiplied(at: Context) -> Flow:
    """A product with a number, a parameter, or an independent signal."""
    row = at.row
    if len(at.flows) == 2 and len(row.input_shapes) == 2:
        return _gated(at)
    flow, factor = at.flow, factor_of(at.trace, row)
    if row.parameters:
        other = of(at.trace, row.parameters[0])
        return flow._replace(
            second=flow.second * factor, mean=flow.mean * other.mean,
            common=_apart(flow, flow.second * factor, flow.mean * other.mean),
            normal=flow.normal if other.std <= 1e-3 * abs(other.mean) else 0.0,
            own=flow.own + (0.0 if other.constant else 2 / flow.units),
            drift=flow.drift * other.mean**2,
        )  # fmt: skip
    return flow._replace(
        second=flow.second * factor, mean=flow.mean * math.sqrt(factor),
        common=flow.common * factor, drift=flow.drift * factor,
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
    return x._replace(
        second=second, mean=mean, common=_apart(x, second, mean) + 0 * y.common,
        cosine=None if x.cosine is None or y.cosine is None else x.cosine * y.cosine,
        alike=x.alike * y.alike,
        core=(math.sqrt(x.core) + math.sqrt(y.core)) ** 2,
        drift=x.drift * y.mean**2 + y.drift * x.mean**2,
        own=x.own + y.own + 8 / x.units * min(x.pairs, y.pairs),
        uneven=_both(x, y, (1.0, 1.0)), normal=0.0,
        mingled=max(x.mingled, y.mingled), profile=None, lean=x.lean + y.lean + doubt,
        restarted=x.restarted or y.restarted,
    )  # fmt: skip
