"""Statistics of a tensor at the price of a few sums.

On a CPU a reduction by `sum`, `dot`, `amin` or `amax` runs at the speed of memory; `std`,
`aminmax(dim)`, `isfinite` and comparisons take ten to fifty times as long. So the second moment is
a dot product, and elements are looked at one by one only where it shows that it must be: where it
overflows, underflows, or is not a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from initscope.observe.trace import Array, Gradient, ParameterGradient, Signal

MOST_UNITS = 65536
SAMPLE = 4096  # elements looked at for zeros, features for cosines
MEMBERS = 16  # of a batch, whose cosines are taken
_POSITIONS = 64  # of each unit, in its sketch

# A float32 sum of squares outside of these bounds may have overflowed or lost what it should keep.
_TINY, _HUGE = 1e-30, 1e37


def is_measurable(tensor: Tensor) -> bool:
    """Whether a tensor holds real numbers that can be read here."""
    return (
        tensor.is_floating_point()
        and tensor.layout == torch.strided
        and tensor.numel() > 0
        and tensor.device.type != "meta"
        and not torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # noqa: SLF001 - no public form
    )


@dataclass(frozen=True, slots=True)
class Values:
    """A tensor laid out as (positions, units) or (members, units, positions), in float32 or 64."""

    grid: Tensor
    flat: Tensor

    @classmethod
    def of(cls, tensor: Tensor, axis: int) -> Values:
        """Lay a tensor out by its units, with a copy only where its memory is not in order."""
        values = tensor.detach()
        if values.dtype not in (torch.float32, torch.float64):
            values = values.float()
        if values.dim() < 2:
            grid = values.reshape(1, -1)
        elif axis == 1 and values.dim() > 2:
            grid = values.reshape(values.shape[0], values.shape[1], -1)
        else:
            grid = values.reshape(-1, values.shape[-1])
        return cls(grid, grid.reshape(-1))

    @property
    def positions(self) -> tuple[int, ...]:
        return (0,) if self.grid.dim() == 2 else (0, 2)

    @property
    def units(self) -> int:
        return self.grid.shape[1]

    @property
    def sample(self) -> Tensor:
        """At most 4096 elements, evenly spaced."""
        return self.flat[:: -(-self.flat.numel() // SAMPLE)]

    def zeros(self) -> float:
        """Return the share of exact zeros in the sample."""
        sample = self.sample
        return 1 - int(torch.count_nonzero(sample)) / sample.numel()

    def subnormal(self) -> float:
        """Return the share of numbers in the sample that are too small to be normal in float32."""
        sizes = self.sample.abs()
        smallest = torch.finfo(torch.float32).tiny
        return int(((sizes > 0) & (sizes < smallest)).sum()) / sizes.numel()

    def sketch(self) -> Array | None:
        """Return a random projection of every unit's values at a few positions, evenly spaced."""
        if self.units > MOST_UNITS:
            return None
        grid = self.grid if self.grid.dim() == 2 else self.grid[0].T
        rows = grid[:: -(-grid.shape[0] // _POSITIONS)]
        return array(_directions(grid.dtype, grid.device)[: rows.shape[0]] @ rows)


@cache
def _directions(dtype: torch.dtype, device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(_POSITIONS, generator=generator).to(device, dtype)


def array(tensor: Tensor) -> Array:
    """Copy a small tensor to NumPy, in float32."""
    return tensor.to("cpu", torch.float32, copy=True).numpy()


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums of a tensor's finite elements."""

    mean: float
    second_moment: float
    nonfinite: float
    lowest: Tensor
    highest: Tensor

    @classmethod
    def of(cls, values: Values) -> Moments:
        """Sum in the tensor's own precision, and in float64 where that is not enough."""
        squares = float(torch.dot(values.flat, values.flat))
        lowest = values.grid.amin(values.positions)
        highest = values.grid.amax(values.positions)
        count = values.flat.numel()
        if _TINY < squares < _HUGE:
            return cls(float(values.flat.sum()) / count, squares / count, 0.0, lowest, highest)
        if squares == 0 and not lowest.any() and not highest.any():
            return cls(0.0, 0.0, 0.0, lowest, highest)
        return cls._carefully(values)

    @classmethod
    def _carefully(cls, values: Values) -> Moments:
        grid = values.grid.double()
        finite = grid.isfinite()
        count = int(finite.sum())
        kept = grid.where(finite, 0.0)
        share = 1 - count / grid.numel()
        lowest = grid.where(finite, math.inf).amin(values.positions)
        highest = grid.where(finite, -math.inf).amax(values.positions)
        if not count:
            return cls(math.nan, math.nan, share, lowest, highest)
        mean, square = float(kept.sum()) / count, float(kept.square().sum()) / count
        return cls(mean, square, share, lowest, highest)


def signal(tensor: Tensor, axis: int, time: int | None = None) -> Signal:
    """Measure an operation's output, whose units are dimension `axis` (1 or -1)."""
    values = Values.of(tensor, axis)
    moments = Moments.of(values)
    few = values.units <= MOST_UNITS
    cosine, norm = _similarity(tensor)
    return Signal(
        elements=values.flat.numel(),
        mean=moments.mean,
        second_moment=moments.second_moment,
        minimum=float(moments.lowest.amin()),
        maximum=float(moments.highest.amax()),
        nonfinite=moments.nonfinite,
        zeros=values.zeros(),
        units=values.units,
        unit_minimum=array(moments.lowest) if few else None,
        unit_maximum=array(moments.highest) if few else None,
        unit_sketch=values.sketch(),
        cosine=cosine,
        squared_norm=norm,
        steps=_steps(tensor, time),
    )


def gradient(tensor: Tensor, axis: int, time: int | None = None) -> Gradient:
    """Measure the gradient with respect to an operation's output."""
    values = Values.of(tensor, axis)
    moments = Moments.of(values)
    size = torch.maximum(moments.highest, -moments.lowest)
    return Gradient(
        elements=values.flat.numel(),
        second_moment=moments.second_moment,
        maximum=float(size.amax()),
        nonfinite=moments.nonfinite,
        units=values.units,
        unit_maximum=array(size) if values.units <= MOST_UNITS else None,
        unit_sketch=values.sketch(),
        steps=_steps(tensor, time),
    )


def _similarity(tensor: Tensor) -> tuple[float | None, float | None]:
    """Return the mean cosine between members of the batch, and their mean square."""
    if tensor.dim() < 2 or tensor.shape[0] < 2:
        return None, None
    members = tensor.detach()[:: -(-tensor.shape[0] // MEMBERS)].flatten(1)
    members = members[:, :: -(-members.shape[1] // SAMPLE)]
    rows = members.to("cpu", torch.float32).numpy()
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", rows, rows)
    norm = float(squares.mean(dtype=np.float64)) / rows.shape[1]
    if not (_TINY < norm < _HUGE and squares.min() > _TINY):
        return _similarity_of_extremes(rows)
    return _mean_cosine(rows / np.sqrt(squares)[:, None]), norm


def _mean_cosine(units: Array) -> float:
    """Return the mean cosine of n unit vectors: (|their sum|^2 - n) / (n (n - 1))."""
    count = len(units)
    total = units.sum(0)
    return float((total @ total - count) / (count * (count - 1)))


def _similarity_of_extremes(rows: Array) -> tuple[float | None, float | None]:
    wide = rows.astype(np.float64)
    sizes = np.sqrt((wide**2).sum(1))
    norm = float((sizes**2).mean()) / wide.shape[1]
    if not np.isfinite(sizes).all() or not sizes.all():
        return None, norm
    return _mean_cosine((wide / sizes[:, None]).astype(np.float32)), norm


def _steps(tensor: Tensor, time: int | None) -> Array | None:
    """Return the second moment at each step of a dimension of time."""
    if time is None:
        return None
    others = [axis for axis in range(tensor.dim()) if axis != time]
    return array(tensor.detach().double().square().mean(others))


def parameter_gradient(grad: Tensor) -> ParameterGradient:
    """Measure a parameter's gradient."""
    values = Values.of(grad, -1)
    moments = Moments.of(values)
    row, column = sketches(values.flat.reshape(grad.shape))
    return ParameterGradient(
        second_moment=moments.second_moment,
        maximum=max(float(moments.highest.amax()), -float(moments.lowest.amin())),
        nonfinite=moments.nonfinite,
        zeros=values.zeros(),
        row_sketch=row,
        column_sketch=column,
    )


def sketches(weight: Tensor) -> tuple[Array | None, Array | None]:
    """Project the rows and the columns of a weight, seen whole, on one random direction each."""
    if weight.dim() < 2:
        return None, None
    rows = weight.detach().flatten(1)
    columns = weight.detach().transpose(0, 1).flatten(1)
    return _projection(rows), _projection(columns)


def _projection(matrix: Tensor) -> Array | None:
    if matrix.shape[0] > MOST_UNITS:
        return None
    return array(matrix @ _direction(matrix.shape[1], matrix.dtype, matrix.device))


@cache
def _direction(length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    generator = torch.Generator().manual_seed(length)
    return torch.randn(length, generator=generator).to(device, dtype) / math.sqrt(length)


def merge_signals(rows: list[Signal]) -> Signal:
    """Merge the statistics of several batches: moments are averaged, extremes united."""
    first = rows[0]
    share = _weights([row.elements for row in rows])
    same = all(row.units == first.units for row in rows)
    cosines = [row.cosine for row in rows if row.cosine is not None]
    norms = [row.squared_norm for row in rows if row.squared_norm is not None]
    return replace(
        first,
        elements=sum(row.elements for row in rows),
        mean=float(share @ [row.mean for row in rows]),
        second_moment=float(share @ [row.second_moment for row in rows]),
        minimum=min(row.minimum for row in rows),
        maximum=max(row.maximum for row in rows),
        nonfinite=float(share @ [row.nonfinite for row in rows]),
        zeros=float(share @ [row.zeros for row in rows]),
        unit_minimum=_united([row.unit_minimum for row in rows], np.minimum) if same else None,
        unit_maximum=_united([row.unit_maximum for row in rows], np.maximum) if same else None,
        unit_sketch=_united([row.unit_sketch for row in rows], np.add) if same else None,
        cosine=float(np.mean(cosines)) if cosines else None,
        squared_norm=float(np.mean(norms)) if norms else None,
        steps=_mean([row.steps for row in rows]),
    )


def merge_gradients(rows: list[Gradient]) -> Gradient:
    """Merge the gradients of several batches."""
    first = rows[0]
    share = _weights([row.elements for row in rows])
    same = all(row.units == first.units for row in rows)
    return replace(
        first,
        elements=sum(row.elements for row in rows),
        second_moment=float(share @ [row.second_moment for row in rows]),
        maximum=max(row.maximum for row in rows),
        nonfinite=float(share @ [row.nonfinite for row in rows]),
        unit_maximum=_united([row.unit_maximum for row in rows], np.maximum) if same else None,
        unit_sketch=_united([row.unit_sketch for row in rows], np.add) if same else None,
        steps=_mean([row.steps for row in rows]),
    )


def merge_parameter_gradients(rows: list[ParameterGradient]) -> ParameterGradient:
    """Merge a parameter's gradients over several batches."""
    return replace(
        rows[0],
        second_moment=float(np.mean([row.second_moment for row in rows])),
        maximum=max(row.maximum for row in rows),
        nonfinite=float(np.mean([row.nonfinite for row in rows])),
        zeros=float(np.mean([row.zeros for row in rows])),
        row_sketch=_united([row.row_sketch for row in rows], np.add),
        column_sketch=_united([row.column_sketch for row in rows], np.add),
    )


def _weights(counts: list[int]) -> np.ndarray:
    return np.array(counts) / sum(counts)


def _united(arrays: list[Array | None], by: np.ufunc) -> Array | None:
    present = [each for each in arrays if each is not None]
    return by.reduce(present) if len(present) == len(arrays) else None


def _mean(arrays: list[Array | None]) -> Array | None:
    present = [each for each in arrays if each is not None]
    if not present or any(each.shape != present[0].shape for each in present):
        return None
    mean: Array = np.mean(present, axis=0)
    return mean
