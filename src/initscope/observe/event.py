"""An operation while it is being observed: its gradient comes later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from initscope.observe.measured import Gradient, Signal
from initscope.observe.operation import Key, Line, Shape, Use


@dataclass(frozen=True, slots=True)
class Operand:
    """A signal among the arguments of a call: which output of which operation."""

    producer: int
    output: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """A pointwise call that can be repeated on other numbers; operands stand for tensors."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(slots=True)
class Event:
    """One recorded call.

    Attributes:
        gates: a recurrent call's, by layer and direction.
        note: what could not be seen.
        is_bent: whether an activation follows.
        in_loss: as in :class:`~initscope.observe.Operation`.
    """

    key: Key
    kind: str
    function: str
    module_class: str
    operands: tuple[Operand, ...]
    uses: tuple[Use, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    dtype: str
    options: dict[str, object]
    in_place: bool
    source: Line | None
    axis: int = -1
    time: int | None = None
    requires_grad: bool = False
    hooked: bool = False
    forward: Signal | None = None
    gradients: dict[int, Gradient] = field(default_factory=dict)
    recipe: Recipe | None = None
    activation: str | None = None
    part_of: int | None = None
    gates: dict[tuple[int, bool], tuple[Signal, ...]] = field(default_factory=dict)
    note: str | None = None
    is_bent: bool = False
    in_loss: bool = False

    def measured(self, found: Signal) -> None:
        """Keep the statistics of the first output."""
        self.forward = found

    @property
    def backward(self) -> Gradient | None:
        """The gradient of the first output that one reached."""
        return self.gradients[min(self.gradients)] if self.gradients else None
