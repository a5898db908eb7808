"""Sharded parameters: each process draws its own part, and holds no more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from torch import Tensor

from initscope.errors import InputError
from initscope.planning.names import stable
from initscope.streams import Stream

if TYPE_CHECKING:
    from initscope.planning.plan import Row


def is_sharded(tensor: Tensor) -> bool:
    """Whether a tensor is a DTensor. Who has one has imported its module."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def fill(row: Row, tensor: Any, seed: int, *, whole_matrices: bool) -> None:
    """Fill this process's part of a parameter with what one process would write there.

    Raises:
        InputError: the law draws whole matrices only, and that was not allowed.
    """
    choice, slot = row.choice, row.slot
    assert choice is not None  # noqa: S101 - uncovered parameters were refused
    local = tensor.to_local()
    if not local.numel():
        return
    index = _index(tensor)
    if len(choice.initializers) == 1 and choice.initializers[0].is_elementwise:
        stream = Stream(seed, stable(row.name))
        choice.initializers[0].fill_(local, slot.fans, stream, shape=slot.shape, index=index)
        return
    if not whole_matrices:
        raise InputError(
            f"{row.name}: {choice} draws whole matrices, and the parameter is sharded: pass "
            "whole_matrices=True to draw it whole on every process, or choose another initializer"
        )
    from initscope.planning.apply import fill_whole

    whole = local.new_empty(slot.shape)
    fill_whole(row, whole, seed)
    local.copy_(whole[index])


def _index(tensor: Any) -> tuple[slice, ...]:
    """Return which part of the whole this process holds."""
    from torch.distributed.tensor._utils import compute_local_shape_and_global_offset

    sizes, offsets = compute_local_shape_and_global_offset(
        tensor.shape, tensor.device_mesh, tensor.placements
    )
    return tuple(slice(start, start + size) for start, size in zip(offsets, sizes, strict=True))
