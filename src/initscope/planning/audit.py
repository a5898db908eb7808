"""What was written, held against what was declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from initscope.planning import checks, sharding
from initscope.planning.checks import Check, Moments
from initscope.planning.names import stable, unwrapped
from initscope.planning.parts import Part, is_apart, parts
from initscope.planning.rescale import Rescaling
from initscope.planning.slots import Slot

if TYPE_CHECKING:
    from initscope.planning.plan import Plan, Row


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

    Of a sharded parameter every process looks at what it holds; only matrices whose entries depend
    on each other are gathered.

    Args:
        plan: what was declared.
        model: a model, or tensors by name, such as :func:`initscope.planning.read` gives; these
            are taken one after the other.
        rescaling: what a measured pass changed.
    """
    named = _named(model) if isinstance(model, nn.Module) else model
    keys = {stable(name): name for name in named}
    scaled = rescaling or Rescaling()
    rows: list[AuditRow] = []
    for row in plan.rows:
        tensor = _value(row.slot, keys, named)
        rows += _rows(row, tensor, scaled.factors.get(row.name, (1.0,)))
    return Audit(tuple(rows), scaled.notes())


def _named(model: nn.Module) -> dict[str, Tensor]:
    return dict(unwrapped(model).named_parameters())


def _value(slot: Slot, keys: Mapping[str, str], named: Mapping[str, Tensor]) -> Tensor | None:
    for name in (slot.name, *slot.aliases):
        if stable(name) in keys:
            return named[keys[stable(name)]].detach()
    return None


def _rows(row: Row, tensor: Tensor | None, factors: tuple[float, ...]) -> Iterator[AuditRow]:
    choice = row.choice
    wrong = _misfit(row.slot, tensor)
    if tensor is None or wrong:
        yield AuditRow(row.name, row.initializer, 0, (Check(wrong, 1, 0, 0),), note=f"not {wrong}")
    elif choice is None or choice.action == "keep":
        yield AuditRow(row.name, "keep", tensor.numel(), (), note=row.reason)
    elif choice.action != "fill":
        found = tuple(_given(choice.values, tensor))
        yield AuditRow(row.name, row.initializer, tensor.numel(), found, note=row.reason)
    else:
        apart = len(set(factors)) > 1
        for part in parts(row.slot, choice, tensor, apart=apart):
            yield _part(row, part, tensor, factors[part.number if len(factors) > 1 else 0])


def _misfit(slot: Slot, tensor: Tensor | None) -> str:
    """Say what is wrong before any value is looked at."""
    if tensor is None or tensor.is_meta:
        return "present"
    return "" if tuple(tensor.shape) == slot.shape else "shape"


def _part(row: Row, part: Part, tensor: Tensor, factor: float) -> AuditRow:
    name = f"{row.name}[{part.label}]" if part.label else row.name
    values = part.drawn
    if not part.initializer.is_elementwise and not part.is_whole:
        gathered = sharding.whole(tensor)
        assert row.choice is not None  # noqa: S101 - parts come from a choice
        values = next(
            each.drawn for each in parts(row.slot, row.choice, gathered) if each.label == part.label
        )
    found = tuple(_checks(part, values, factor))
    return AuditRow(name, str(part.initializer), part.view.numel(), found, factor)


def _checks(part: Part, values: tuple[Tensor, ...], factor: float) -> Iterator[Check]:
    initializer, fans = part.initializer, part.fans
    if not values:
        return
    if is_apart(initializer) or not initializer.is_elementwise or part.is_whole:
        yield from checks.checks(initializer, fans, values, factor)
    else:  # a part of a pattern has moments of its own
        found = Moments.of(values, 0.0)
        yield Check("finite", 1.0, found.finite, 0.0)
        yield from checks.limits(initializer, fans, found, factor, values[0].dtype)
    if initializer.name == "orthogonal":
        yield checks.orthogonality(values, initializer.bounds(fans)[1] * factor)
    padding = part.padding_row
    if padding is not None:
        yield Check("padding", 0.0, float(padding.abs().max()), 0.0)


def _given(values: tuple[float, ...], tensor: Tensor) -> Iterator[Check]:
    for piece in sharding.pieces(tensor):
        if values:
            declared = torch.tensor(values, dtype=torch.float64).reshape(tensor.shape)[piece.index]
            yield checks.given(declared, piece.view)
        else:
            yield checks.finite(piece.view)
