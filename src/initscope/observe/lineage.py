"""Where a tensor comes from: an operation, an input, or parameters alone.

A tag is kept for each live tensor. An operation that writes into memory which several tensors
share is remembered with the region that it wrote, so that whoever reads another view of that
memory afterwards has the writer as its producer.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from initscope.observe.operation import Use

_LONGEST = 8  # functions remembered between a parameter and its use


@dataclass(frozen=True, slots=True)
class Tag:
    """Origin of a tensor.

    Args:
        producer: the operation, a negative number for an input, None where no signal is in it.
        output: which of the operation's outputs.
        uses: parameters that it was computed from, where no signal is in it.
        axis: dimension of its units, 1 or -1.
    """

    producer: int | None
    output: int = 0
    uses: tuple[Use, ...] = ()
    axis: int = -1


CONSTANT = Tag(None)


@dataclass(frozen=True, slots=True)
class _Region:
    """Memory that an operation wrote."""

    writer: int
    offset: int
    shape: torch.Size
    strides: tuple[int, ...]

    def overlaps(self, tensor: Tensor) -> bool:
        """Whether a tensor of the same storage shows this memory.

        Regions of equal shape and strides, such as the pieces of a chunk, meet only where they
        start at the same element; others are taken to meet where their intervals do.
        """
        if tensor.shape == self.shape and tensor.stride() == self.strides:
            return tensor.storage_offset() == self.offset
        start, end = tensor.storage_offset(), tensor.storage_offset() + _extent(tensor)
        mine = sum((size - 1) * step for size, step in zip(self.shape, self.strides, strict=True))
        return start <= self.offset + mine and self.offset < end


def _extent(tensor: Tensor) -> int:
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return 1 + sum((size - 1) * step for size, step in steps)


class Lineage:
    """The tags of all live tensors."""

    def __init__(self) -> None:
        self._tags: dict[int, tuple[weakref.ref[Tensor], Tag]] = {}
        self._written: dict[int, list[_Region]] = {}

    def get(self, tensor: Tensor) -> Tag | None:
        """Return a tensor's tag, or None for one that comes from code that was not seen."""
        entry = self._tags.get(id(tensor))
        if entry is None or entry[0]() is not tensor:
            return None
        return self._after_writes(tensor, entry[1]) if self._written else entry[1]

    def set(self, tensor: Tensor, tag: Tag) -> None:
        self._tags[id(tensor)] = (weakref.ref(tensor), tag)

    def wrote(self, tensor: Tensor, writer: int) -> None:
        """Remember that an operation wrote into a tensor."""
        offset = int(tensor.storage_offset())
        region = _Region(writer, offset, tensor.shape, tensor.stride())
        self._written.setdefault(_storage(tensor), []).append(region)

    def made(self, tensor: Tensor) -> None:
        """Forget what was written where this new tensor's memory now is."""
        if self._written:
            self._written.pop(_storage(tensor), None)

    def _after_writes(self, tensor: Tensor, tag: Tag) -> Tag:
        if tensor.layout != torch.strided:
            return tag
        for region in reversed(self._written.get(_storage(tensor), ())):
            if tag.producer is not None and region.writer <= tag.producer:
                break
            if region.overlaps(tensor):
                return Tag(region.writer, axis=tag.axis)
        return tag


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 - the storage's identity


def derived(tags: Iterable[tuple[str, Tag]], function: str) -> tuple[Use, ...]:
    """Return the parameters behind a tensor that a function computes from tagged ones."""
    found: dict[str, Use] = {}
    for _argument, tag in tags:
        for use in tag.uses:
            through = use.through
            if len(through) < _LONGEST:
                through = (*through, function)
            found.setdefault(use.name, Use(use.name, "", through))
    return tuple(found.values())


def used(tags: Iterable[tuple[str, Tag]]) -> tuple[Use, ...]:
    """Return the parameters among the operands of an operation, each with its argument."""
    return tuple(Use(use.name, argument, use.through) for argument, tag in tags for use in tag.uses)
