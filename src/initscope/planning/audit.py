"""What was written, held against what was declared."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from initscope.initializers import Initializer
from initscope.planning.names import stable
from initscope.planning.rescale import Rescaling
from initscope.planning.slots import Slot

if TYPE_CHECKING:
    from initscope.planning.plan import Plan, Row

Z = 5.0
"""Standard errors a statistic may lie from its declared value: one false alarm in 1.7 million."""

_ORTHOGONALITY = 30.0  # times eps sqrt(n): what rounding leaves of an orthogonal matrix


@dataclass(frozen=True, slots=True)
class Check:
    """One statistic of one part of a parameter.

    Attributes:
        name: "mean", "std", "minimum", "maximum", "orthogonality" or "finite".
        declared: what it should be.
        actual: what it is.
        tolerance: how far it may lie away, from the sample size and the type's rounding.
    """

    name: str
    declared: float
    actual: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether it is within the tolerance."""
        return abs(self.actual - self.declared) <= self.tolerance


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What became of one parameter, or of one part of it.

    Attributes:
        parameter: its name, with the part in brackets.
        initializer: what was declared, "keep" for what was left alone.
        count: number of values.
        checks: declared against actual.
        scaled_by: the factor by which a measured pass changed it.
        note: why it was left alone, and other things to know.
    """

    parameter: str
    initializer: str
    count: int
    checks: tuple[Check, ...]
    scaled_by: float = 1.0
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether all statistics are as declared."""
        return all(check.ok for check in self.checks)


@dataclass(frozen=True, slots=True)
class Audit:
    """Proof that a plan was carried out.

    Attributes:
        rows: every parameter, or every part of one.
        measured: what a measuring scheme says of its pass; empty otherwise.
    """

    rows: tuple[AuditRow, ...]
    measured: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is as declared."""
        return all(row.ok for row in self.rows)

    @property
    def coverage(self) -> float:
        """Share of all values that were written, not left alone."""
        total = sum(row.count for row in self.rows)
        written = sum(row.count for row in self.rows if row.initializer != "keep")
        return written / total if total else 1.0

    @property
    def left_alone(self) -> tuple[AuditRow, ...]:
        """What was not written, with the reason."""
        return tuple(row for row in self.rows if row.initializer == "keep")

    def __str__(self) -> str:
        bad = [row for row in self.rows if not row.ok]
        lines = [
            f"{len(self.rows)} rows, {self.coverage:.1%} of the values written, "
            f"{len(bad)} not as declared"
        ]
        lines += [
            f"{row.parameter}: {check.name} is {check.actual:.6g}, declared {check.declared:.6g} "
            f"± {check.tolerance:.2g} ({row.initializer})"
            for row in bad
            for check in row.checks
            if not check.ok
        ]
        lines += [f"{row.parameter}: left alone, {row.note}" for row in self.left_alone]
        return "\n".join([*lines, *self.measured])


def audit(
    plan: Plan,
    model: nn.Module | Mapping[str, Tensor],
    rescaling: Rescaling | None = None,
) -> Audit:
    """Hold the values of a model, or of a file, against a plan.

    Args:
        plan: what was declared.
        model: a model, or tensors by name.
        rescaling: what a measured pass changed.
    """
    named = model.named_parameters() if isinstance(model, nn.Module) else model.items()
    tensors = {stable(name): tensor.detach() for name, tensor in named}
    scaled = rescaling or Rescaling()
    rows: list[AuditRow] = []
    for row in plan.rows:
        rows += _rows(row, _value(row.slot, tensors), scaled.factors.get(row.name, (1.0,)))
    return Audit(tuple(rows), scaled.notes())


def _value(slot: Slot, tensors: Mapping[str, Tensor]) -> Tensor | None:
    for name in (slot.name, *slot.aliases):
        if stable(name) in tensors:
            return tensors[stable(name)]
    return None


def _rows(row: Row, tensor: Tensor | None, factors: tuple[float, ...]) -> Iterator[AuditRow]:
    choice = row.choice
    if tensor is None:
        missing = Check("present", 1, 0, 0)
        yield AuditRow(row.name, row.initializer, 0, (missing,), note="missing")
    elif choice is None or choice.action == "keep":
        yield AuditRow(row.name, "keep", tensor.numel(), (), note=row.reason)
    elif choice.action != "fill":
        checks = tuple(_given(choice.values, tensor)) or (_finite(tensor),)
        yield AuditRow(row.name, row.initializer, tensor.numel(), checks, note=row.reason)
    else:
        alike = len(choice.initializers) == 1 and len(set(factors)) == 1
        whole = alike and choice.initializers[0].is_elementwise
        full = _full(tensor)
        parts = [full] if whole else row.slot.layout.split(full)
        labels = [""] if whole else row.slot.layout.parts
        for index, (label, part) in enumerate(zip(labels, parts, strict=True)):
            name = f"{row.name}[{label}]" if label else row.name
            initializer = choice.of_part(index)
            factor = factors[index if len(factors) > 1 else 0]
            checks = tuple(_checks(initializer, row.slot, part, factor))
            yield AuditRow(name, str(initializer), part.numel(), checks, factor)


def _checks(initializer: Initializer, slot: Slot, tensor: Tensor, factor: float) -> Iterator[Check]:
    values = tensor.to(torch.float64)
    yield _finite(values)
    count, fans = values.numel(), slot.fans
    if not count:
        return
    rounding = torch.finfo(tensor.dtype).eps
    std, mean = initializer.std(fans) * factor, initializer.mean(fans) * factor
    size = math.hypot(std, mean)
    low, high = (bound * factor for bound in initializer.bounds(fans))
    error = std / math.sqrt(count)
    yield Check("mean", mean, float(values.mean()), Z * error + rounding * size)
    if count > 1 and std:
        spread = math.sqrt(max(initializer.kurtosis(fans) - 1, 0.0) / (4 * count))
        tolerance = std * (Z * spread + Z**2 / count + 2 * rounding)
        yield Check("std", std, float(values.std(correction=0)), tolerance)
    for name, bound, actual in (
        ("minimum", low, float(values.min())),
        ("maximum", high, float(values.max())),
    ):
        if math.isfinite(bound):
            inside = low <= actual <= high
            slack = 2 * rounding * max(abs(bound), size)
            yield Check(name, bound, bound if inside else actual, slack)
    if initializer.name == "orthogonal":
        yield _orthogonality(values, std, rounding)


def _orthogonality(values: Tensor, std: float, rounding: float) -> Check:
    """Largest entry of W W^T / gain^2 - I, for the smaller side of the matrix."""
    matrix = values.reshape(len(values), -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    gain = std * math.sqrt(matrix.shape[1])
    gram = matrix @ matrix.T / gain**2 - torch.eye(len(matrix), dtype=values.dtype)
    tolerance = _ORTHOGONALITY * max(rounding, 6e-8) * math.sqrt(matrix.shape[1])
    return Check("orthogonality", 0.0, float(gram.abs().max()), tolerance)


def _finite(tensor: Tensor) -> Check:
    return Check("finite", 1.0, float(torch.isfinite(tensor).to(torch.float64).mean()), 0.0)


def _given(values: tuple[float, ...], tensor: Tensor) -> Iterator[Check]:
    if values:
        difference = tensor.to(torch.float64).reshape(-1) - torch.tensor(values).to(torch.float64)
        slack = torch.finfo(tensor.dtype).eps * max(abs(value) for value in values)
        yield Check("values", 0.0, float(difference.abs().max()), 2 * slack)


def _full(tensor: Any) -> Tensor:
    """Return the values that this process can see: a shard's own, where a parameter is sharded."""
    from initscope.planning.sharding import is_sharded

    return tensor.to_local() if is_sharded(tensor) else tensor  # type: ignore[no-any-return]
