"""Operations that get no gradient yet, since a zero that is about to move stands behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from initscope.observe import Operation, Parameter, Trace

_FACTORS = frozenset(
    {
        "linear",
        "convolution",
        "transposed_convolution",
        "multiply",
        "matmul",
        "normalization",
        "embedding",
        "attention",
    }
)

_PRODUCTS = frozenset({"multiply", "matmul"})


def moving_zeros(trace: Trace) -> tuple[bool, ...]:
    """Return for each operation whether its output is zero since zeros that learn make it so.

    Zero factors do, and what is made of nothing but such zeros: a gate from a zero weight.
    """
    found: list[bool] = []
    for row in trace.operations:
        inherited = any(found[index] for index in _silent_sources(trace, row))
        found.append(_is_silent(row) and (_has_moving_factor(trace, row) or inherited))
    return tuple(found)


def held(trace: Trace, zeros: Sequence[bool]) -> frozenset[int]:
    """Return the operations whose gradient is zero only until a zero factor behind them moves.

    From such an operation a way without gradient leads to a product that has one, in which it is
    multiplied by zero; and that zero is a parameter with a gradient, or is made from one.
    """
    found, before_stops = set[int](), set[int]()
    for row in reversed(trace.operations):
        if row.index in before_stops and row.requires_grad and not _has_gradient(row):
            found.add(row.index)
        if row.index in found or (_has_gradient(row) and _multiplies_by_zero(trace, row, zeros)):
            before_stops |= {index for index in row.producers if index >= 0}
    return frozenset(found)


def lacks_input(trace: Trace, row: Operation, zeros: Sequence[bool]) -> bool:
    """Whether all that an operation multiplies is zero, made so by zeros that learn."""
    sources = [trace.origin(producer) for producer in row.producers]
    return bool(sources) and all(index >= 0 and zeros[index] for index in sources)


def _multiplies_by_zero(trace: Trace, row: Operation, zeros: Sequence[bool]) -> bool:
    if _has_moving_factor(trace, row):
        return True
    return row.kind in _PRODUCTS and any(zeros[index] for index in _silent_sources(trace, row))


def _has_moving_factor(trace: Trace, row: Operation) -> bool:
    """Whether it multiplies by a parameter that is zero, and has a gradient; a bias is none."""
    return row.kind in _FACTORS and any(
        _is_moving_zero(trace.parameter(use.name))
        for use in row.parameters
        if "bias" not in use.argument
    )


def _is_moving_zero(parameter: Parameter) -> bool:
    zero = parameter.constant and parameter.mean == 0
    return zero and parameter.gradient is not None and parameter.gradient.maximum > 0


def _silent_sources(trace: Trace, row: Operation) -> Iterator[int]:
    for producer in row.producers:
        index = trace.origin(producer)
        if index >= 0 and _is_silent(trace.operations[index]):
            yield index


def _is_silent(row: Operation) -> bool:
    return row.forward is not None and row.forward.second_moment == 0


def _has_gradient(row: Operation) -> bool:
    return row.backward is not None and row.backward.maximum > 0
