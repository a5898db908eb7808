"""Small tensors of one layout wait for each other: one call a statistic measures them all.

What waits is a copy, which no later write reaches, and at most four mebibytes of each layout. A
larger tensor is measured at once, where it is. Layouts do not touch each other's copies, so that
the threads of autograd, one a device, may use one shelf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

_SMALL = 1 << 18  # bytes of a tensor that waits
_WAITING = 1 << 22  # bytes that wait, of one layout
_TOGETHER = 64  # tensors that wait, of one layout

Measure = Callable[..., Iterable[Any]]
Keep = Callable[[Any], None]


@dataclass(slots=True)
class _Row:
    """Copies of tensors of one layout, and who is told what is found of each."""

    copies: Tensor
    told: list[Keep] = field(default_factory=list)


class Shelf:
    """Tensors that wait to be measured."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Any, ...], _Row] = {}

    def measure(self, by: Measure, tensor: Tensor, keep: Keep, *layout: int | None) -> None:
        """Measure a tensor, now or later, and hand over what is found.

        Args:
            by: measures stacked tensors, and is given the layout.
            tensor: what is measured.
            keep: is given what is found.
            layout: which dimensions mean what.
        """
        tensor = tensor.detach()
        if tensor.nbytes > _SMALL:
            _tell(by, tensor.unsqueeze(0), layout, [keep])
            return
        place = (by, layout, tensor.shape, tensor.dtype, tensor.device)
        row = self._rows.get(place)
        if row is None:
            room = tensor.new_empty((together(tensor), *tensor.shape))
            row = self._rows[place] = _Row(room)
        row.copies[len(row.told)].copy_(tensor)
        row.told.append(keep)
        if len(row.told) == len(row.copies):
            _tell(by, row.copies, layout, row.told)
            row.told.clear()

    def clear(self) -> None:
        """Measure all that waits."""
        for (by, layout, *_), row in self._rows.items():
            if row.told:
                _tell(by, row.copies[: len(row.told)], layout, row.told)
        self._rows.clear()


def together(tensor: Tensor) -> int:
    """Return how many tensors like this one are measured together."""
    size = tensor.nbytes
    return min(_TOGETHER, _WAITING // size) if size <= _SMALL else 1


def _tell(by: Measure, stack: Tensor, layout: tuple[int | None, ...], told: list[Keep]) -> None:
    for keep, found in zip(told, by(stack, *layout), strict=True):
        keep(found)
