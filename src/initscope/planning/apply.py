"""The only writer: fills the parameters of a model as a plan says, all or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from initscope.errors import InputError
from initscope.planning import meta, sharding
from initscope.planning.audit import Audit, audit
from initscope.planning.names import stable
from initscope.planning.rescale import Rescaling, rescale
from initscope.planning.slots import Slot
from initscope.streams import Stream

if TYPE_CHECKING:
    from initscope.planning.plan import Plan, Row


def apply(
    plan: Plan,
    model: nn.Module,
    seed: int = 0,
    *,
    device: str | torch.device | None = None,
    whole_matrices: bool = False,
) -> Audit:
    """Fill the parameters of a model; buffers, gradients and random states stay as they are.

    Every value depends on the seed, the parameter's name and its place in the parameter, and on
    nothing else. Parameters that are sharded (DTensor) are filled shard by shard, with the values
    that one process would give them.

    Args:
        plan: what to write.
        model: the model that was planned, or one with the same parameters.
        seed: any integer.
        device: where parameters on the meta device become real.
        whole_matrices: whether each process may draw a whole matrix in order to keep its shard,
            for laws such as orthogonal that cannot be drawn in parts.

    Raises:
        InputError: a parameter is uncovered or does not fit the plan; nothing was written.
    """
    named = _require_fitting(plan, model)
    named = meta.materialize(model, named, device)
    with torch.no_grad(), _all_or_none(named):
        for row in sorted(plan.rows, key=_norms_last):
            _write(row, named, seed, whole_matrices=whole_matrices)
        rescaling = _rescale(plan, model)
    return audit(plan, model, rescaling)


def _require_fitting(plan: Plan, model: nn.Module) -> dict[str, Tensor]:
    if plan.uncovered:
        shown = ", ".join(plan.uncovered[:5]) + (", ..." if len(plan.uncovered) > 5 else "")
        raise InputError(
            f"{len(plan.uncovered)} parameters are uncovered ({shown}): add rules for them, such "
            f'as rules=[("{plan.uncovered[0]}", "normal(std=0.02)")], or "keep"'
        )
    named: dict[str, Tensor] = {stable(n): tensor for n, tensor in model.named_parameters()}
    shapes = {name: tuple(tensor.shape) for name, tensor in named.items()}
    for row in plan.rows:
        name = stable(row.name)
        if name not in shapes:
            raise InputError(f"the model has no parameter {row.name}, which the plan names")
        if shapes[name] != row.slot.shape:
            raise InputError(
                f"{row.name} has shape {shapes[name]}, but {row.slot.shape} in the plan"
            )
    extra = sorted(set(shapes) - {stable(row.name) for row in plan.rows})
    if extra:
        raise InputError(f"the plan says nothing of {', '.join(extra[:5])}: plan this model anew")
    return named


def _norms_last(row: Row) -> bool:
    return row.choice is not None and row.choice.action == "norms"


@contextmanager
def _all_or_none(named: dict[str, Tensor]) -> Iterator[None]:
    """Put every value back if anything fails on the way, an interruption too."""
    before = {name: tensor.detach().clone() for name, tensor in named.items()}
    try:
        yield
    except BaseException:
        for name, tensor in named.items():
            tensor.copy_(before[name])
        raise


def _write(row: Row, named: dict[str, Tensor], seed: int, *, whole_matrices: bool) -> None:
    choice, tensor = row.choice, named[stable(row.name)]
    assert choice is not None  # noqa: S101 - uncovered parameters were refused
    if choice.action == "keep":
        return
    if choice.action == "values":
        tensor.copy_(torch.tensor(choice.values, dtype=tensor.dtype).reshape(tensor.shape))
    elif choice.action == "norms":
        tensor.copy_(_norms(row.slot, named))
    elif sharding.is_sharded(tensor):
        sharding.fill(row, tensor, seed, whole_matrices=whole_matrices)
    else:
        fill_whole(row, tensor, seed)


def fill_whole(row: Row, tensor: Tensor, seed: int) -> None:
    """Draw every part from its own block of the parameter's stream."""
    choice, slot = row.choice, row.slot
    assert choice is not None  # noqa: S101 - see _write
    whole = len(choice.initializers) == 1 and choice.initializers[0].is_elementwise
    views = [tensor] if whole else slot.layout.split(tensor)
    for block, view in enumerate(views):
        stream = Stream(seed, stable(row.name), 0 if choice.shared_draws else block)
        choice.of_part(block).fill_(view, slot.fans, stream)


def _norms(slot: Slot, named: dict[str, Tensor]) -> Tensor:
    """Return the norms of the directions, over all dimensions that the scale does not have."""
    own = slot.name.replace("original0", "original1").replace("weight_g", "weight_v")
    direction = named[stable(own)]
    kept = [d for d, n in enumerate(slot.shape) if n == direction.shape[d] and n > 1]
    over = [d for d in range(direction.dim()) if d not in kept]
    norms: Tensor = torch.linalg.vector_norm(direction, dim=over, keepdim=True)
    return norms


def _rescale(plan: Plan, model: nn.Module) -> Rescaling:
    return rescale(plan, model) if plan.measure else Rescaling()
