"""One recorded operation: its name, its operands, its line of code, its statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from initscope.observe.measured import Gradient, RecurrentGate, Signal

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """Name of an operation that stays the same from pass to pass.

    >>> str(Key("block.0.fc", "linear", 0))
    'block.0.fc:linear#0'
    """

    path: str
    function: str
    call: int

    def __str__(self) -> str:
        return f"{self.path}:{self.function}#{self.call}"


@dataclass(frozen=True, slots=True)
class Line:
    """The line of the user's code, or of a library above torch, that called an operation."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Use:
    """A parameter that an operation uses.

    Args:
        name: canonical name of the parameter.
        argument: the operation's argument that it enters, such as ``"weight"``.
        through: functions between the parameter and the operation, such as ``("t",)``.
    """

    name: str
    argument: str
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a function with a meaning.

    Args:
        index: place in execution order, and in :attr:`Trace.operations`.
        key: module path, function, number of the call.
        kind: one of :data:`initscope.observe.KINDS`.
        function: its name, such as ``"gelu_tanh"``; the same for functional, method and in-place.
        activation: an activation's text form, such as ``"leaky_relu(a=0.2)"``, else None.
        module: path of the innermost named module.
        module_class: its class.
        producers: for each operand that carries signal, the operation that made it; a negative
            number is an input of the model, -1 the first. Constants and parameters are left out.
        parameters: the parameters among its operands, or in what they were computed from.
        input_shapes: shapes of all tensor operands, in the order of the call.
        output_shapes: shapes of all tensor outputs.
        dtype: of the first output, such as ``"float32"``.
        options: plain arguments by name, such as stride, padding, groups, eps, p.
        in_place: whether it overwrote its input.
        requires_grad: whether a gradient could flow through it.
        part_of: the operation that stands for this one, where several together are an activation.
        source: line of code.
        forward: statistics of its first output; None for views, whose values their producer has.
        backward: statistics of the gradient; None where none arrived, and for parts.
        batches: number of batches in which it ran.
        gates: the gates of a recurrent layer, as far as they could be recomputed; of calls that
            repeat they are measured at the first, second, third, fifth, ninth and so on.
        in_loss: whether it is part of a loss, computed from the model's outputs: what the caller's
            loss ran, or a loss within the output, from the last operation with parameters on.
    """

    index: int
    key: Key
    kind: str
    function: str
    activation: str | None
    module: str
    module_class: str
    producers: tuple[int, ...]
    parameters: tuple[Use, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    dtype: str
    options: Mapping[str, object] = field(hash=False)
    in_place: bool
    requires_grad: bool
    part_of: int | None
    source: Line | None
    forward: Signal | None
    backward: Gradient | None
    batches: int = 1
    gates: tuple[RecurrentGate, ...] = ()
    in_loss: bool = False
