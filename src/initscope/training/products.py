"""Float32 matrix products at full precision, by the faster of torch's two libraries.

torch multiplies float32 matrices with MKL, which on AMD processors uses AVX2 even where there is
AVX-512. oneDNN, the other library in torch, would use it, but torch asks it only when the program
says that bfloat16 inside of products is acceptable. We say so, for products of some size and on
such processors, and check that the results are those of float32 all the same, which they are on
processors without matrix units for bfloat16. See docs/decisions/0003-vectorized-training.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

_SETTING: Any = getattr(torch.backends.mkldnn, "matmul", None)  # since torch 2.9

MKL, ONEDNN = "ieee", "bf16"

_SMALLEST_SIDE = 16  # below it oneDNN is slower
_EPSILON = 2.0**-24


@contextmanager
def full_precision() -> Iterator[None]:
    """Multiply by MKL, whatever the caller's setting, and restore that afterwards."""
    if _SETTING is None:
        yield
        return
    before = _SETTING.fp32_precision
    try:
        use(MKL)
        yield
    finally:
        use(before)


def use(library: str) -> None:
    """Let the following products be made by a library, :data:`MKL` or :data:`ONEDNN`."""
    _SETTING.fp32_precision = library


class Library:
    """Chooses the library that makes the following products, where it is not chosen already."""

    def __init__(self) -> None:
        self._current = MKL

    def use(self, library: str) -> None:
        """Multiply by a library from here on, :data:`MKL` or :data:`ONEDNN`."""
        if library != self._current:
            use(library)
            self._current = library


@cache
def library_for(rows: int, inputs: int, outputs: int) -> str:
    """Return the library for the products of a layer of this size; never one that is inexact."""
    if min(inputs, outputs) < _SMALLEST_SIDE or not _onednn_is_faster():
        return MKL
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, rows, inputs, generator=generator)
    weight = torch.randn(2, outputs, inputs, generator=generator)
    gradient = torch.randn(2, rows, outputs, generator=generator)
    products = ((x, weight.mT), (gradient.mT, x), (gradient, weight))
    with full_precision():
        use(ONEDNN)
        return ONEDNN if all(_is_exact(left, right) for left, right in products) else MKL


@cache
def _onednn_is_faster() -> bool:
    """Whether this is an AMD processor with AVX-512, on a torch that can be told."""
    processor = Path("/proc/cpuinfo")
    return (
        _SETTING is not None
        and torch.backends.cpu.get_cpu_capability() == "AVX512"
        and processor.exists()
        and "AuthenticAMD" in processor.read_text()
    )


def _is_exact(left: Tensor, right: Tensor) -> bool:
    """Whether a product is within the rounding of float32 sums of its number of terms."""
    error = (torch.bmm(left, right) - torch.bmm(left.double(), right.double())).abs()
    bound = left.shape[-1] * _EPSILON * torch.bmm(left.abs().double(), right.abs().double())
    return bool((error <= bound).all())
