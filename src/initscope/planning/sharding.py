"""Sharded parameters: which part of the whole each process holds, and whether all succeeded."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from initscope.errors import InputError


@dataclass(frozen=True, slots=True)
class Piece:
    """A box of a parameter that this process holds.

    Attributes:
        view: its values.
        index: where it stands in the whole, a slice for each dimension.
    """

    view: Tensor
    index: tuple[slice, ...]


def is_sharded(tensor: Tensor) -> bool:
    """Whether a tensor is a DTensor. Who has one has imported its module."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def local(tensor: Any) -> Tensor:
    """Return the values that this process holds, in the parameter's own memory."""
    held: Tensor = tensor.to_local() if is_sharded(tensor) else tensor
    return held.detach()


def pieces(tensor: Tensor) -> Iterator[Piece]:
    """Yield what this process holds of a parameter; all of it where it is not sharded.

    Raises:
        InputError: the processes hold terms of a sum.
    """
    held = local(tensor)
    if not is_sharded(tensor):
        yield Piece(held, tuple(slice(0, size) for size in tensor.shape))
        return
    sections = [_with_places(ranges) for ranges in _held(tensor)]
    for box in itertools.product(*sections):
        view: Any = held[tuple(place for place, _ in box)]
        if view.numel():
            yield Piece(view, tuple(where for _, where in box))


def _held(tensor: Any) -> list[list[range]]:
    """Return, for each dimension, the sections of the whole that this process holds, in order.

    Each dimension of the mesh cuts what the ones before it left, as `torch.chunk` does.
    """
    mesh, coordinate = tensor.device_mesh, tensor.device_mesh.get_coordinate()
    found = [[range(size)] for size in tensor.shape]
    for axis, placement in enumerate(tensor.placements):
        if placement.is_partial():
            raise InputError("a parameter is a sum over processes (Partial): redistribute it first")
        dim = getattr(placement, "dim", None)
        if coordinate is None:
            found = [[] for _ in tensor.shape]
        elif dim is not None:
            runs = getattr(placement, "split_factor", 1)  # FSDP over tensor parallelism has several
            cut = [
                _chunk(run, mesh.size(axis), coordinate[axis])
                for run in (_chunk(found[dim], runs, k) for k in range(runs))
            ]
            found[dim] = [section for run in cut for section in run]
    return found


def _chunk(sections: list[range], count: int, number: int) -> list[range]:
    """Return one of several equal runs of positions; the last may be shorter, or empty."""
    total = sum(map(len, sections))
    width = -(-total // count)
    start, stop = number * width, min((number + 1) * width, total)
    found, passed = [], 0
    for section in sections:
        own = section[max(0, start - passed) : max(0, stop - passed)]
        found += [own] if own else []
        passed += len(section)
    return found


def _with_places(sections: Iterable[range]) -> list[tuple[slice, slice]]:
    """Pair each section with where it lies in local memory."""
    pairs, place = [], 0
    for section in sections:
        here = slice(place, place + len(section))
        pairs.append((here, slice(section.start, section.stop)))
        place += len(section)
    return pairs


def whole(tensor: Any) -> Tensor:
    """Gather a parameter from all processes, each of which has to call this."""
    gathered: Tensor = tensor.full_tensor() if is_sharded(tensor) else tensor
    return gathered.detach()


def all_succeeded(tensors: Iterable[Tensor], *, here: bool) -> bool:
    """Ask all processes that hold parts of the same parameters whether they succeeded."""
    sharded: Any = [tensor for tensor in tensors if is_sharded(tensor)]
    if not sharded:
        return here
    import torch.distributed as dist

    mesh = sharded[0].device_mesh
    flag = torch.tensor([float(here)], device=mesh.device_type)
    for axis in range(mesh.ndim):
        dist.all_reduce(flag, op=dist.ReduceOp.MIN, group=mesh.get_group(axis))
    return bool(flag.item())
