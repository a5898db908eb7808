"""What is measured of one tensor: of a signal or a parameter, and of the gradient of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signal:
    """Statistics of an operation's output, taken when it ran.

    Moments and extremes are over finite elements, `nonfinite` is the share of the others. A unit
    is a channel of a convolution, else a feature of the last dimension.

    Args:
        elements: number of elements, over all batches.
        mean, second_moment: E[x] and E[x^2].
        minimum, maximum: extremes.
        nonfinite: share of infinities and NaN.
        units: number of units.
        unit_minimum, unit_maximum: extremes of every unit over all inputs, positions and batches;
            None above 65536 units.
        cosine: mean cosine between the outputs of different members of the batch (dimension 0), at
            most 16 members and 4096 features, evenly spaced; None for a batch of one.
        squared_norm: their mean squared norm, divided by the number of features.
        steps: E[x^2] at every time step of a recurrent layer, else None.
    """

    elements: int
    mean: float
    second_moment: float
    minimum: float
    maximum: float
    nonfinite: float
    units: int
    unit_minimum: Array | None = field(default=None, compare=False, repr=False)
    unit_maximum: Array | None = field(default=None, compare=False, repr=False)
    cosine: float | None = None
    squared_norm: float | None = None
    steps: Array | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecurrentGate:
    """One gate of a recurrent layer, recomputed from what the layer took and gave.

    Args:
        layer: number of the layer, from zero.
        reverse: whether it runs from the end of the sequences.
        name: such as ``"forget gate"``; ``"cell"``, ``"candidate"`` and ``"state"`` are what is
            written: of an LSTM, a GRU and a plain layer.
        activation: ``"sigmoid"`` or ``"tanh"``.
        values: statistics of its values, over at most 4 members of each batch and 8 times, evenly
            spaced; without the bias, as far as that keeps the state: above zero at a forget or an
            update gate, below zero at an input gate.
    """

    layer: int
    reverse: bool
    name: str
    activation: str
    values: Signal

    def __str__(self) -> str:
        place = f" of layer {self.layer}" if self.layer else ""
        return f"{self.name}{place}{', reverse' if self.reverse else ''}"


@dataclass(frozen=True, slots=True)
class Gradient:
    """Statistics of the gradient of the loss with respect to an operation's output.

    Args:
        elements: number of elements, over all batches.
        second_moment: E[g^2] over finite elements.
        maximum: the largest finite |g|.
        nonfinite: share of infinities and NaN.
        units: number of units, as in :class:`Signal`.
        unit_maximum: the largest |g| of every unit, zero where no gradient reaches it; None where
            no activation follows.
        steps: E[g^2] at every time step of a recurrent layer, else None.
    """

    elements: int
    second_moment: float
    maximum: float
    nonfinite: float
    units: int
    unit_maximum: Array | None = field(default=None, compare=False, repr=False)
    steps: Array | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParameterValues:
    """Statistics of a parameter's values, as :class:`initscope.observe.Parameter` has them."""

    mean: float = math.nan
    std: float = math.nan
    minimum: float = math.nan
    maximum: float = math.nan
    nonfinite: float = 0.0
    subnormal: float = 0.0
    row_sketch: Array | None = None


@dataclass(frozen=True, slots=True)
class ParameterGradient:
    """Statistics of a parameter's gradient.

    Args:
        second_moment: E[g^2] over finite elements, the mean over batches.
        maximum: the largest finite |g|.
        nonfinite: share of infinities and NaN.
        row_sketch: one random projection of each row (index of dimension 0); equal rows have equal
            sketches, up to rounding.
    """

    second_moment: float
    maximum: float
    nonfinite: float
    row_sketch: Array | None = field(default=None, compare=False, repr=False)
