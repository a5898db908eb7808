"""Fill a tensor, or a part of one, with independent values: in pieces, on several threads.

Each piece draws its own section of the stream, so that its values depend neither on the other
pieces nor on the number of threads. A piece stays in a core's cache from its bits to its cast.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from initscope.initializers.box import Box
from initscope.streams import Reader, Source

PIECE = 1 << 17
"""Values in a piece: its bits and floats fit a core's cache, and Python's own time is small."""

_LEAST = 1 << 12  # of each member of a batch, for which a section costs a few microseconds

Transform = Callable[[Tensor], object]
"""Turns uniform values on (-1, 1) into values of a law, in place."""


def fill_(out: Tensor, box: Box, source: Source, transform: Transform) -> None:
    r"""Write a law's values at the box's positions into `out`, cast once to its type.

    Args:
        out: tensor of shape (\*source.batch, \*box.sizes), of any layout, type and device.
        box: which part of the whole tensor `out` is.
        source: the stream, or a batch of streams.
        transform: the law, applied to float32.
    """
    target = out.detach()  # the same memory; gradients are not recorded, whichever thread writes
    limit = max(_LEAST, PIECE // max(1, math.prod(source.batch)))
    pieces = _Shared(box.pieces(limit))
    inference = torch.is_inference_mode_enabled()

    def work() -> None:
        reader = source.reader()
        with torch.inference_mode(inference):
            for piece in pieces:
                index: Any = (..., *piece.within(box))
                _fill_piece(target[index], piece, reader, transform)

    _run(work, min(torch.get_num_threads(), target.numel() // PIECE))


def _fill_piece(out: Tensor, piece: Box, reader: Reader, transform: Transform) -> None:
    start, stop = piece.hull
    in_place = (
        piece.is_one_section
        and out.is_contiguous()
        and out.dtype == torch.float32
        and out.device.type == "cpu"
    )
    size = (*out.shape[: out.ndim - len(piece.shape)], stop - start)
    section = out.view(size) if in_place else torch.empty(size, dtype=torch.float32, device="cpu")
    reader.symmetric_into(section.numpy(), start)
    values = section if in_place else piece.cut(section).contiguous()
    transform(values)
    if not in_place:
        out.copy_(values)


def _run(work: Callable[[], None], threads: int) -> None:
    if threads <= 1:
        work()
        return
    before = torch.get_num_threads()

    def alone() -> None:
        torch.set_num_threads(1)  # or each thread would start a team of its own, inside of erfinv
        work()

    try:
        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(alone) for _ in range(threads)]:
                future.result()
    finally:
        # The setting is a thread's own, but threads that start later take the last one given.
        torch.set_num_threads(before)


class _Shared:
    """An iterator that several threads draw from."""

    def __init__(self, items: Iterator[Box]) -> None:
        self._items = items
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Box]:
        return self

    def __next__(self) -> Box:
        with self._lock:
            return next(self._items)
