"""Normalizations that bring a signal back, and those whose eps is larger than what they see."""

from __future__ import annotations

from initscope.observe import Operation, Signal, Trace


def rescales(trace: Trace, row: Operation) -> bool:
    """Whether it brings a signal back to the order of one, whatever its scale.

    A normalization divides by the root of the variance plus eps: below eps it only multiplies by
    one number, 1 / sqrt(eps), and a small signal stays small.
    """
    if row.kind != "normalization":
        return False
    source = trace.origin(row.producers[0]) if row.producers else -1
    before = trace.operations[source].forward if source >= 0 else None
    return before is None or row.function not in _VARIANCE or _variance(row, before) >= _eps(row)


def _variance(row: Operation, before: Signal) -> float:
    """Return the variance that a normalization sees, or more.

    Over a batch of vectors it is what differs between them: what all share, as a bias, is not in
    it.
    """
    if row.function == "batch_norm" and len(row.input_shapes[0]) == 2 and before.cosine is not None:
        return before.second_moment * (1 - max(before.cosine, 0.0))
    return before.second_moment


def _eps(row: Operation) -> float:
    """Return what a normalization adds to the variance; where nothing is said, torch's default."""
    eps = row.options.get("eps")
    return float(eps) if isinstance(eps, int | float) else _EPS.get(row.function, 0.0)


_VARIANCE = frozenset({"batch_norm", "instance_norm", "group_norm", "layer_norm", "rms_norm"})
_EPS = dict.fromkeys(_VARIANCE, 1e-5) | {"rms_norm": 2.0**-23}
