"""The only writer: fills the parameters of a model as a plan says, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from initscope.errors import InputError
from initscope.planning import meta, sharding, spectral
from initscope.planning.audit import Audit, audit
from initscope.planning.choice import Choice
from initscope.planning.names import stable, unwrapped
from initscope.planning.parts import parts
from initscope.planning.rescale import Rescaling, rescale
from initscope.planning.slots import Slot

if TYPE_CHECKING:
    from initscope.planning.plan import Plan, Row


def apply(  # noqa: PLR0913 - the model, the seed, and three questions of memory
    plan: Plan,
    model: nn.Module,
    seed: int = 0,
    *,
    device: str | torch.device | None = None,
    whole_matrices: bool = False,
    undo: bool = True,
) -> Audit:
    """Fill the parameters of a model; buffers, gradients and random states stay as they are.

    Every value depends on the seed, the parameter's name and its place in the parameter, and on
    nothing else. Parameters that are sharded (DTensor) are filled shard by shard, with the values
    that one process would give them.

    Memory at its peak: the model, and until all is written the old values of what is written, kept
    in the computer's memory also where the model is on an accelerator. From the meta device, and
    with ``undo=False``, there are none.

    Args:
        plan: what to write.
        model: the model that was planned, or one with the same parameters.
        seed: any integer.
        device: where parameters on the meta device become real.
        whole_matrices: whether each process may draw a whole matrix in order to keep its shard,
            for laws such as orthogonal that cannot be drawn in parts.
        undo: whether a failure on the way puts the old values back.

    Raises:
        InputError: a parameter is uncovered or does not fit the plan, or a rule met none; nothing
            was written.
    """
    require_seed(seed)
    model = unwrapped(model)
    named = _parameters(model)
    require_fitting(plan, named)
    meta.require_device(model, device)
    _require_values(plan, named)
    _require_whole(plan, named, whole_matrices=whole_matrices)
    with torch.no_grad(), _all_or_none(plan, model, undo=undo):
        meta.materialize(model, device)
        named = _parameters(model)
        for row in ordered(plan.rows):
            write(row, named, seed)
        spectral.settle(model, [row.name for row in plan.rows if _action(row) == "fill"])
        rescaling = rescale(plan, model) if plan.measure else Rescaling()
    return audit(plan, model, rescaling)


def _parameters(model: nn.Module) -> dict[str, Tensor]:
    return {stable(name): tensor for name, tensor in model.named_parameters()}


def require_seed(seed: object) -> None:
    """Refuse what is no integer, such as an example given in the seed's place."""
    if not isinstance(seed, Integral):
        raise InputError(
            f"seed: received {type(seed).__name__}: expected an integer; an example is given by "
            "name, init_(model, 'auto', example=batch)"
        )


def require_fitting(plan: Plan, named: Mapping[str, Tensor]) -> None:
    """Refuse a plan with gaps, and parameters that are not those of the plan."""
    if plan.uncovered:
        shown = ", ".join(plan.uncovered[:5]) + (", ..." if len(plan.uncovered) > 5 else "")
        raise InputError(
            f"parameters uncovered: {len(plan.uncovered)} ({shown}): add a rule for each, such as "
            f'rules=[("{plan.uncovered[0]}", "keep")], or with an initializer'
        )
    if plan.unused_rules:
        raise InputError(
            f"no parameter is left for the rule {plan.unused_rules[0]!r}: expected a pattern of "
            f"names such as {plan.rows[0].name!r}, before rules that meet the same parameters"
        )
    known = {stable(name) for row in plan.rows for name in (row.name, *row.slot.aliases)}
    for row in plan.rows:
        name = stable(row.name)
        if name not in named:
            raise InputError(f"the model has no parameter {row.name}, which the plan names")
        if tuple(named[name].shape) != row.slot.shape:
            raise InputError(
                f"{row.name} has shape {tuple(named[name].shape)}, but {row.slot.shape} in the plan"
            )
    extra = sorted(set(named) - known)
    if extra:
        raise InputError(f"the plan says nothing of {', '.join(extra[:5])}: plan this model anew")


def _require_values(plan: Plan, named: Mapping[str, Tensor]) -> None:
    """What is kept has to have values."""
    for row in plan.rows:
        if _action(row) == "keep" and named[stable(row.name)].is_meta:
            raise InputError(
                f"{row.name} is on the meta device and has no values to keep ({row.reason}): "
                "add a rule for it"
            )


def _require_whole(plan: Plan, named: Mapping[str, Tensor], *, whole_matrices: bool) -> None:
    """Refuse, on every process alike, what cannot be done to shards."""
    sharded = [row for row in plan.rows if sharding.is_sharded(named[stable(row.name)])]
    if sharded and plan.measure:
        raise InputError(
            f"{sharded[0].name} is sharded and cannot be rescaled by an example: apply the plan "
            "before the model is sharded, or plan without refine"
        )
    for row in sharded:
        if _action(row) == "norms":
            raise InputError(f"{row.name} is sharded: apply weight norm's plan before sharding")
        drawn = row.choice.initializers if row.choice else ()
        if not whole_matrices and not all(each.is_elementwise for each in drawn):
            raise InputError(
                f"{row.name}: {row.choice} draws whole matrices, and the parameter is sharded: "
                "pass whole_matrices=True to draw it whole on every process, or choose another "
                "initializer"
            )


def ordered(rows: Sequence[Row]) -> list[Row]:
    """Return rows so that norms come after the directions that they are taken of."""
    return sorted(rows, key=lambda row: _action(row) == "norms")


def _action(row: Row) -> str:
    return row.choice.action if row.choice else ""


@contextmanager
def _all_or_none(plan: Plan, model: nn.Module, *, undo: bool) -> Iterator[None]:
    """Put every value back if anything fails on the way, an interruption too, on any process."""
    named = _parameters(model)
    places = meta.places(model)
    before = _copies(plan, model, named) if undo else []
    failed = True
    try:
        yield
        failed = False
    finally:
        together = sharding.all_succeeded(named.values(), here=not failed)
        if failed or not together:
            meta.put_back(places)
            for tensor, values in before:
                tensor.copy_(values)
    if not together:
        raise InputError("another process failed: nothing was written")


def _copies(
    plan: Plan, model: nn.Module, named: Mapping[str, Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Return what will be written to, each with a copy of its values in the computer's memory."""
    written = [named[stable(row.name)] for row in plan.rows if _action(row) != "keep"]
    held = [sharding.local(tensor) for tensor in (*written, *spectral.vectors(model))]
    return [(each, each.to("cpu", copy=True)) for each in held if not each.is_meta]


def write(row: Row, named: Mapping[str, Tensor], seed: int) -> None:
    """Write one parameter, in the memory that it has."""
    choice, tensor = row.choice, named[stable(row.name)]
    assert choice is not None  # noqa: S101 - uncovered parameters were refused
    if choice.action == "fill":
        fill(row.slot, choice, tensor, seed)
    elif choice.action == "norms":
        tensor.copy_(_norms(row.slot, named).reshape(tensor.shape))
    elif choice.action == "values":
        given = torch.tensor(choice.values, dtype=torch.float64).reshape(row.slot.shape)
        for piece in sharding.pieces(tensor):
            piece.view.copy_(given[piece.index])


def fill(slot: Slot, choice: Choice, tensor: Tensor, seed: int) -> None:
    """Draw every part that this process holds, from its own section of the parameter's stream."""
    for part in parts(slot, choice, tensor):
        part.fill(seed, stable(slot.name))


def direction(name: str) -> str:
    """Return the name of the direction that a scale of weight norm multiplies.

    >>> direction("fc.weight_g"), direction("fc.parametrizations.weight.original0")
    ('fc.weight_v', 'fc.parametrizations.weight.original1')
    """
    return name[:-1] + {"g": "v", "0": "1"}[name[-1]]


def _norms(slot: Slot, named: Mapping[str, Tensor]) -> Tensor:
    """Return the norms of the directions, over all dimensions that the scale does not have."""
    values = named[stable(direction(slot.name))]
    kept = [d for d, n in enumerate(slot.shape) if n == values.shape[d] and n > 1]
    over = [d for d in range(values.dim()) if d not in kept]
    wide = values.to(torch.float32) if values.dtype.itemsize < 4 else values
    norms: Tensor = torch.linalg.vector_norm(wide, dim=over, keepdim=True)
    return norms
