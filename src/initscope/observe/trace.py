"""What one observation leaves behind: plain data, none of the model's own tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from initscope.errors import InputError
from initscope.observe.kinds import ACTIVATION, MULTIPLY, VIEW
from initscope.observe.measured import Array, ParameterGradient
from initscope.observe.operation import Operation, Shape


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
        row_sketch: as in :class:`ParameterGradient`.
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
        unused_modules: modules with parameters that never ran.
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


@dataclass(frozen=True)
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
        found = self._by_name.get(name)
        if found is not None:
            return found
        raise InputError(f"no parameter {name!r} in this {self.model_class}")

    @cached_property
    def _by_name(self) -> dict[str, Parameter]:
        return {name: each for each in self.parameters for name in (each.name, *each.aliases)}

    def consumers(self, index: int) -> tuple[Operation, ...]:
        """Return the operations that an operation feeds; parts of activations are left out."""
        return tuple(self._consumers.get(index, ()))

    @cached_property
    def _consumers(self) -> dict[int, list[Operation]]:
        found: dict[int, list[Operation]] = {}
        for row in self.operations:
            for producer in dict.fromkeys(row.producers if row.part_of is None else ()):
                found.setdefault(producer, []).append(row)
        return found

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
