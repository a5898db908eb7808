"""A rectangular part of a tensor, and where its entries stand in a stream."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from initscope.errors import InputError

_MOVE = 1 << 14
"""Drawing so many positions takes about as long as moving to another section."""


@dataclass(frozen=True, slots=True)
class Box:
    """The part of a tensor of some shape that one range of indices in each dimension selects.

    A tensor's entries stand in its stream in row-major order, one after the other.

    >>> part = Box.of((6, 8), (slice(2, 4), slice(1, 3)))
    >>> part.sizes, part.hull
    ((2, 2), (17, 27))
    """

    shape: tuple[int, ...]
    starts: tuple[int, ...]
    stops: tuple[int, ...]

    @classmethod
    def of(cls, shape: Sequence[int], index: Sequence[slice] = ()) -> Box:
        """Read slices as Python does; dimensions without a slice are taken whole.

        Raises:
            InputError: there are more slices than dimensions, or one has a step.
        """
        if len(index) > len(shape):
            raise InputError(f"{len(index)} slices for a weight of shape {tuple(shape)}: too many")
        if not all(isinstance(part, slice) and part.step in (None, 1) for part in index):
            raise InputError(f"index is {tuple(index)}: expected slices without a step")
        full = [*index, *[slice(None)] * (len(shape) - len(index))]
        ranges = [range(n)[part] for n, part in zip(shape, full, strict=True)]
        starts, stops = (tuple(getattr(r, end) for r in ranges) for end in ("start", "stop"))
        return cls(tuple(shape), starts, tuple(map(max, starts, stops)))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Shape of the part."""
        return tuple(b - a for a, b in zip(self.starts, self.stops, strict=True))

    @property
    def is_whole(self) -> bool:
        """Whether the part is the tensor."""
        return self.sizes == self.shape

    @property
    def strides(self) -> tuple[int, ...]:
        """Distance in the stream between neighbours along each dimension."""
        return tuple(math.prod(self.shape[axis + 1 :]) for axis in range(len(self.shape)))

    @property
    def hull(self) -> tuple[int, int]:
        """The shortest section of the stream that holds a part which is not empty."""
        strides = self.strides
        first = sum(a * s for a, s in zip(self.starts, strides, strict=True))
        last = sum((b - 1) * s for b, s in zip(self.stops, strides, strict=True))
        return first, last + 1

    def pieces(self, limit: int) -> Iterator[Box]:
        """Cut the part into boxes whose hulls have at most `limit` positions.

        Of a hull that lies mostly outside of the part at most `_MOVE` positions are left.
        """
        sizes = self.sizes
        if 0 in sizes:
            return
        start, stop = self.hull
        if stop - start > 4 * math.prod(sizes):
            limit = min(limit, _MOVE)
        if stop - start <= limit:
            yield self
            return
        axis = next(axis for axis, size in enumerate(sizes) if size > 1)
        most = max(1, limit // self.strides[axis])
        each = math.ceil(sizes[axis] / math.ceil(sizes[axis] / most))
        for first in range(self.starts[axis], self.stops[axis], each):
            yield from self._narrowed(axis, first, first + each).pieces(limit)

    def _narrowed(self, axis: int, start: int, stop: int) -> Box:
        starts = (*self.starts[:axis], start, *self.starts[axis + 1 :])
        end = min(stop, self.stops[axis])
        stops = (*self.stops[:axis], end, *self.stops[axis + 1 :])
        return dataclasses.replace(self, starts=starts, stops=stops)

    @property
    def is_one_section(self) -> bool:
        """Whether the entries follow each other in the stream."""
        start, stop = self.hull
        return stop - start == math.prod(self.sizes)

    def within(self, outer: Box) -> tuple[slice, ...]:
        """Return the slices that select this box from a tensor that holds the outer one."""
        ends = zip(self.starts, self.stops, outer.starts, strict=True)
        return tuple(slice(start - origin, stop - origin) for start, stop, origin in ends)

    def cut(self, section: Tensor) -> Tensor:
        r"""View the box in its hull: (\*batch, length of the hull) becomes (\*batch, \*sizes)."""
        *batch, _ = section.stride()
        return section.as_strided((*section.shape[:-1], *self.sizes), (*batch, *self.strides))
