"""The weights that a stored parameter is made of, and which part of each this process holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from initscope.initializers import Fans, Initializer
from initscope.initializers.elementwise import Constant
from initscope.initializers.law import Independent
from initscope.planning import sharding
from initscope.planning.choice import Choice
from initscope.planning.sharding import Piece
from initscope.planning.slots import Slot
from initscope.streams import Stream

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A weight in the usual layout, (out, in, *kernel), or what this process holds of it.

    Attributes:
        label: its name within the parameter; empty if it is the only one.
        number: its place in the parameter.
        block: the section of the parameter's stream that it is drawn from.
        initializer: what draws it.
        fans: what scales it.
        shape: of the whole weight.
        index: which part of the whole is held here.
        view: the values, a view of the parameter's memory.
        padding: the row that stays zero and is no part of the weight; None mostly.
    """

    label: str
    number: int
    block: int
    initializer: Initializer
    fans: Fans | None
    shape: Shape
    index: tuple[slice, ...]
    view: Tensor
    padding: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this process holds all of it."""
        return tuple(self.view.shape) == self.shape

    @property
    def drawn(self) -> tuple[Tensor, ...]:
        """The values without the row that stays zero."""
        row = self._padding_here
        if row is None:
            return (self.view,)
        return tuple(part for part in (self.view[:row], self.view[row + 1 :]) if part.numel())

    @property
    def padding_row(self) -> Tensor | None:
        """The row that stays zero, if it is held here."""
        row = self._padding_here
        return None if row is None else self.view[row]

    def fill(self, seed: int, name: str) -> None:
        """Write the values, which follow from the seed, the parameter's name and the block."""
        stream = Stream(seed, name, self.block)
        if is_apart(self.initializer) or (self.padding is None and self._can_be_drawn_in_part):
            self.initializer.fill_(self.view, self.fans, stream, shape=self.shape, index=self.index)
        else:
            self.view.copy_(self._whole(stream)[self.index])
        if self.padding_row is not None:
            self.padding_row.zero_()

    @property
    def _can_be_drawn_in_part(self) -> bool:
        return self.is_whole or self.initializer.is_elementwise

    @property
    def _padding_here(self) -> int | None:
        if self.padding is None:
            return None
        row = self.padding - self.index[0].start
        return row if 0 <= row < len(self.view) else None

    def _whole(self, stream: Stream) -> Tensor:
        """Draw a matrix whose entries depend on each other, the padding row put in between."""
        shape = matrix_shape(self.shape, self.padding)
        whole = self.initializer.fill_(self.view.new_empty(shape), self.fans, stream)
        if self.padding is None:
            return whole
        row = whole.new_zeros((1, *self.shape[1:]))
        return torch.cat([whole[: self.padding], row, whole[self.padding :]])


def parts(slot: Slot, choice: Choice, tensor: Tensor, *, apart: bool = False) -> Iterator[Part]:
    """Yield what a choice fills, part by part.

    Independent values fill a parameter at once; a law of whole matrices, and one law for each part,
    fill its groups, gates and projections one by one.

    Args:
        slot: the parameter.
        choice: how it is filled.
        tensor: its values.
        apart: whether to part it anyway, as where parts were rescaled differently.
    """
    for piece in sharding.pieces(tensor):
        if not apart and len(choice.initializers) == 1 and is_apart(choice.initializers[0]):
            initializer = choice.initializers[0]
            fans = fans_for(initializer, slot, slot.shape)
            yield Part(
                "", 0, 0, initializer, fans, slot.shape, piece.index, piece.view, slot.padding
            )
        else:
            yield from _split(slot, choice, piece)


def _split(slot: Slot, choice: Choice, piece: Piece) -> Iterator[Part]:
    layout, axis = slot.layout, slot.layout.axis
    shape = part_shape(slot)
    held = piece.index[axis] if piece.index else slice(0, 0)
    width = slot.shape[axis] // len(layout.parts) if slot.shape else 0
    for number, label in enumerate(layout.parts):
        view, index = piece.view, piece.index
        if len(layout.parts) > 1:
            start, stop = max(held.start, number * width), min(held.stop, (number + 1) * width)
            if start >= stop:
                continue
            view = view.narrow(axis, start - held.start, stop - start)
            own = slice(start - number * width, stop - number * width)
            index = (*index[:axis], own, *index[axis + 1 :])
        if layout.transposed:
            view, index = view.transpose(0, 1), (index[1], index[0], *index[2:])
        initializer = choice.of_part(number)
        fans = fans_for(initializer, slot, shape)
        block = 0 if choice.shared_draws else number
        yield Part(label, number, block, initializer, fans, shape, index, view, slot.padding)


def part_shape(slot: Slot) -> Shape:
    """Return the shape of one weight of a parameter, in the usual layout."""
    shape = list(slot.shape)
    if len(slot.layout.parts) > 1:
        shape[slot.layout.axis] //= len(slot.layout.parts)
    if slot.layout.transposed:
        shape[:2] = reversed(shape[:2])
    return tuple(shape)


def matrix_shape(shape: Shape, padding: int | None) -> Shape:
    """Return a shape without the row that stays zero."""
    return shape if padding is None else (shape[0] - 1, *shape[1:])


def fans_for(initializer: Initializer, slot: Slot, shape: Shape) -> Fans | None:
    """Return the fans that an initializer is to take.

    A law of independent values is scaled by the fans of the parameter's role. The entries of a
    matrix with a structure follow from its own shape: a stride or a lookup does not change them.
    """
    if is_apart(initializer):
        return slot.fans
    shape = matrix_shape(shape, slot.padding)
    return Fans.of(shape) if len(shape) > 1 and 0 not in shape else None


def is_apart(initializer: Initializer) -> bool:
    """Whether the values have nothing to do with each other, nor with where they stand."""
    return isinstance(initializer.law, Independent | Constant)


def std(slot: Slot, choice: Choice) -> float | None:
    """Return the standard deviation of the entries; None if parts differ or nothing is drawn."""
    shape = part_shape(slot)
    found = {each.std(fans_for(each, slot, shape)) for each in choice.initializers}
    return found.pop() if len(found) == 1 else None
