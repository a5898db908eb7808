"""What one observation leaves behind: plain data, none of the model's own tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError
from initscope.observe.kinds import ACTIVATION, MULTIPLY, VIEW

Array = NDArray[np.float32]
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
class Signal:
    """Statistics of an operation's output, taken when it ran.

    Moments and extremes are over finite elements, `nonfinite` is the share of the others. A unit
    is a channel of a convolution, else a feature of the last dimension.

    Args:
        elements: number of elements, over all batches.
        mean, second_moment: E[x] and E[x^2].
        minimum, maximum: extremes.
        nonfinite: share of infinities and NaN.
        zeros: share of exact zeros among at most 4096 evenly spaced elements.
        units: number of units.
        unit_minimum, unit_maximum: extremes of every unit over all inputs, positions and batches;
            None above 65536 units.
        unit_sketch: one random projection of each unit's values; equal units have equal sketches,
            up to rounding.
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
    zeros: float
    units: int
    unit_minimum: Array | None = field(default=None, compare=False, repr=False)
    unit_maximum: Array | None = field(default=None, compare=False, repr=False)
    unit_sketch: Array | None = field(default=None, compare=False, repr=False)
    cosine: float | None = None
    squared_norm: float | None = None
    steps: Array | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Gradient:
    """Statistics of the gradient of the loss with respect to an operation's output.

    Args:
        elements: number of elements, over all batches.
        second_moment: E[g^2] over finite elements.
        maximum: the largest finite |g|.
        nonfinite: share of infinities and NaN.
        units: number of units, as in :class:`Signal`.
        unit_maximum: the largest |g| of every unit; zero where no gradient reaches the unit.
        unit_sketch: one random projection of each unit's gradients.
        steps: E[g^2] at every time step of a recurrent layer, else None.
    """

    elements: int
    second_moment: float
    maximum: float
    nonfinite: float
    units: int
    unit_maximum: Array | None = field(default=None, compare=False, repr=False)
    unit_sketch: Array | None = field(default=None, compare=False, repr=False)
    steps: Array | None = field(default=None, compare=False, repr=False)


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
        backward: statistics of the gradient; None where none arrived.
        batches: number of batches in which it ran.
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


@dataclass(frozen=True, slots=True)
class ParameterGradient:
    """Statistics of a parameter's gradient.

    Args:
        second_moment: E[g^2] over finite elements, the mean over batches.
        maximum: the largest finite |g|.
        nonfinite: share of infinities and NaN.
        zeros: share of exact zeros among at most 4096 evenly spaced elements.
        row_sketch: one random projection of each row (index of dimension 0).
        column_sketch: one random projection of each column (index of dimension 1).
    """

    second_moment: float
    maximum: float
    nonfinite: float
    zeros: float
    row_sketch: Array | None = field(default=None, compare=False, repr=False)
    column_sketch: Array | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it was before the pass.

    Args:
        name: canonical name, the first that `named_parameters` gives.
        aliases: its other names, where it is shared or tied.
        shape, dtype, requires_grad: as torch has them.
        module_class: class of the module that holds it.
        mean, std, minimum, maximum: over finite elements; std is that of the population.
        nonfinite: share of infinities and NaN.
        constant: whether all elements are equal.
        row_sketch, column_sketch: as in :class:`ParameterGradient`.
        gradient: its statistics; None where no gradient reached it.
        operations: the operations that used it.
        subnormal: share of numbers below the smallest normal float32, zeros not counted, among at
            most 4096 evenly spaced elements.
    """

    name: str
    aliases: tuple[str, ...]
    shape: Shape
    dtype: str
    requires_grad: bool
    module_class: str
    mean: float
    std: float
    minimum: float
    maximum: float
    nonfinite: float
    constant: bool
    row_sketch: Array | None = field(compare=False, repr=False)
    column_sketch: Array | None = field(compare=False, repr=False)
    gradient: ParameterGradient | None
    operations: tuple[int, ...]
    subnormal: float = 0.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen, and by name what was not.

    Args:
        observed: number of operations with a known meaning.
        other: number of calls by function, of functions whose meaning is unknown; they have
            statistics and producers like all others.
        opaque: number of calls by name, of code that ran unseen: compiled or scripted modules,
            extensions; seen at their outputs only.
        custom_gradients: names of custom autograd functions: inside them there are no gradients.
        unused_parameters: parameters that no observed operation used.
        unused_modules: modules that never ran.
        without_gradient: number of operations that could have had a gradient and had none.
    """

    observed: int
    other: Mapping[str, int] = field(hash=False)
    opaque: Mapping[str, int] = field(hash=False)
    custom_gradients: tuple[str, ...]
    unused_parameters: tuple[str, ...]
    unused_modules: tuple[str, ...]
    without_gradient: int

    def __str__(self) -> str:
        parts = [f"{self.observed} operations observed"]
        parts += [f"{count} of unknown meaning ({name})" for name, count in self.other.items()]
        parts += [f"{count} opaque ({name})" for name, count in self.opaque.items()]
        for what, names in (
            ("no gradients inside", self.custom_gradients),
            ("parameters unused", self.unused_parameters),
            ("modules never ran", self.unused_modules),
        ):
            if names:
                parts.append(f"{what}: {', '.join(names)}")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Gate:
    """A gated product: an activation times something else."""

    product: int
    activation: int
    other: int


@dataclass(frozen=True, slots=True)
class Trace:
    """One pass over a model.

    Args:
        model_class: class of the model.
        operations: in execution order.
        parameters: in the order of `named_parameters`.
        coverage: what was seen and what was not.
        objective: where gradients came from: ``"loss"`` given, ``"output"`` for a loss within the
            output, ``"cotangent"`` for a random one, ``"none"`` where there were none.
        loss: the loss, the mean over batches; None without one.
        batches: number of batches.
        notes: what a reader should know, one sentence each.
    """

    model_class: str
    operations: tuple[Operation, ...]
    parameters: tuple[Parameter, ...]
    coverage: Coverage
    objective: Literal["loss", "output", "cotangent", "none"]
    loss: float | None
    batches: int
    notes: tuple[str, ...]

    def parameter(self, name: str) -> Parameter:
        """Find a parameter by its name or an alias.

        Raises:
            InputError: there is none of this name.
        """
        for parameter in self.parameters:
            if name == parameter.name or name in parameter.aliases:
                return parameter
        raise InputError(f"no parameter {name!r} in this {self.model_class}")

    def consumers(self, index: int) -> tuple[Operation, ...]:
        """Return the operations that an operation feeds; parts of activations are left out."""
        return tuple(
            row for row in self.operations if row.part_of is None and index in row.producers
        )

    def consumers_past_views(self, index: int) -> tuple[Operation, ...]:
        """Return the operations that an operation feeds, with views looked through."""
        found: dict[int, Operation] = {}
        for row in self.consumers(index):
            through = self.consumers_past_views(row.index) if row.kind == VIEW else (row,)
            found |= {each.index: each for each in through}
        return tuple(found[number] for number in sorted(found))

    def origin(self, index: int) -> int:
        """Follow views back to the operation, or the input, whose values they show."""
        while index >= 0 and self.operations[index].kind == VIEW:
            if not self.operations[index].producers:
                break
            index = self.operations[index].producers[0]
        return index

    def gates(self) -> tuple[Gate, ...]:
        """Return the gated products, such as silu(a) * b."""
        return tuple(self._gates())

    def _gates(self) -> Iterator[Gate]:
        for row in self.operations:
            if row.kind != MULTIPLY or row.part_of is not None or len(row.producers) != 2:
                continue
            for one, other in (row.producers, row.producers[::-1]):
                source = self.origin(one)
                if source >= 0 and self.operations[source].kind == ACTIVATION:
                    yield Gate(row.index, source, other)
                    break
