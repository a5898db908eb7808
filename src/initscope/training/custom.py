"""Networks of the user's: any factory that makes a module."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from initscope import imports
from initscope.errors import InputError
from initscope.training import provenance
from initscope.training.seeding import seeded
from initscope.training.shapes import parameter_shapes


@dataclass(frozen=True, slots=True)
class Custom:
    r"""A network made by a factory of the user's.

    The factory takes no arguments, or two: the number of features and of outputs. It returns a
    module that takes rows (batch, \*input_shape) and returns (batch, outputs).

    Args:
        name: where the factory is found, as ``package.module:factory``.
        input_shape: in which a row of features is given, such as ``(1, 8, 8)``; by default as it
            is.
        digest: of the source behind the factory and the module, and of what shows in the module,
            so that results of an edited model are not mixed with stored ones; found by `fitted`.
        factory: the factory itself, where no module can be imported that holds it.

    Raises:
        InputError: the factory cannot be found or fails, or a number is out of range.
    """

    name: str
    input_shape: tuple[int, ...] | None = None
    digest: str | None = None
    factory: Callable[..., Any] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.input_shape is not None:
            object.__setattr__(self, "input_shape", tuple(self.input_shape))
            for size in self.input_shape:
                if not isinstance(size, int) or size < 1:
                    raise InputError(f"input shape: {size!r} is not a whole number above 0")

    @classmethod
    def of(cls, factory: Callable[..., Any], input_shape: tuple[int, ...] | None = None) -> Custom:
        """Name a factory; one that cannot be imported by its name stays in this process.

        >>> import torch
        >>> Custom.of(lambda: torch.nn.Linear(4, 3)).is_local
        True
        """
        if not callable(factory):
            raise InputError(f"network is {type(factory).__name__}: expected a factory of modules")
        module = getattr(factory, "__module__", None) or "__main__"
        path = getattr(factory, "__qualname__", type(factory).__qualname__)
        local = module == "__main__" or imports.find(module, path) is not factory
        return cls(f"{module}:{path}", input_shape, None, factory if local else None)

    def __str__(self) -> str:
        return self.name

    @property
    def is_local(self) -> bool:
        """Whether it can be made in this process alone."""
        return self.factory is not None

    def row_shape(self, features: int) -> tuple[int, ...]:
        """Return the shape in which the module takes a row of features."""
        shape = self.input_shape or (features,)
        if math.prod(shape) != features:
            text = ",".join(map(str, shape))
            raise InputError(f"input shape {text} does not hold the {features} features of a row")
        return shape

    def module(self, inputs: int, outputs: int) -> nn.Module:
        """Return what the factory makes, each time anew."""
        factory = self._factory()
        arguments = (inputs, outputs) if _takes_sizes(factory, self.name) else ()
        try:
            made = factory(*arguments)
        except InputError:
            raise
        except Exception as error:
            called = f"{self.name}({', '.join(map(str, arguments))})"
            raise InputError(f"{called} raised {_words(error)}") from error
        model = made[0] if isinstance(made, tuple) and made else made
        if not isinstance(model, nn.Module):
            raise InputError(
                f"{self.name} returned {type(made).__name__}: expected a torch.nn.Module"
            )
        return model

    def shapes(self, inputs: int, outputs: int) -> Mapping[str, tuple[int, ...]]:
        """Return every parameter's name and shape, in the module's order."""
        return parameter_shapes(self, inputs, outputs)

    def fitted(self, inputs: int, outputs: int) -> Custom:
        """Return the network for these data, with its digest; refuse one that does not fit them."""
        shape = self.row_shape(inputs)
        with seeded(0):
            model = self.module(inputs, outputs)
            if self.module(inputs, outputs) is model:
                raise InputError(f"{self.name} returned the same module twice: expected a new one")
            _require_trainable(self.name, model)
            _require_outputs(self.name, model, shape, outputs)
        found = provenance.digest(self._factory(), model)
        if self.digest not in (None, found):
            raise InputError(f"{self.name} is not what it was when its networks were trained")
        return replace(self, digest=found)

    def require_batches(self, examples: int, batch_size: int) -> None:
        """Refuse no size of batches: a module that cannot be trained on one says so itself."""

    def to_dict(self) -> dict[str, Any]:
        """Return the network as plain data, from which the identity of a setting is made."""
        shape = list(self.input_shape) if self.input_shape else None
        return {"kind": "custom", "name": self.name, "input_shape": shape, "digest": self.digest}

    @classmethod
    def from_dict(cls, name: str, input_shape: list[int] | None, digest: str | None) -> Custom:
        """Make the network from the fields of `to_dict`."""
        return cls(name, tuple(input_shape) if input_shape else None, digest)

    def _factory(self) -> Callable[..., Any]:
        if self.factory is not None:
            return self.factory
        try:
            found = imports.load(self.name, "factory")
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from None
        if not callable(found) or isinstance(found, nn.Module):
            raise InputError(
                f"{self.name} is {type(found).__name__}: expected a function that makes a module"
            )
        return found  # type: ignore[no-any-return]


def _takes_sizes(factory: Callable[..., Any], name: str) -> bool:
    """Say whether a factory takes features and outputs; refuse other arguments."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return False
    needed = [p for p in parameters if p.default is p.empty and p.kind not in _VARIADIC]
    if len(needed) not in (0, 2) or any(p.kind is p.KEYWORD_ONLY for p in needed):
        names = ", ".join(p.name for p in needed)
        raise InputError(
            f"{name} needs the arguments {names}: expected none, or two, the numbers of features "
            "and of outputs"
        )
    return bool(needed)


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _require_trainable(name: str, model: nn.Module) -> None:
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    if not trained:
        raise InputError(f"{name} returned a module without parameters to train")
    for parameter, value in trained:
        if isinstance(value, nn.parameter.UninitializedParameter):
            raise InputError(f"{name}: {parameter} is lazy: call the module once in the factory")
        if value.dtype != torch.float32 or value.device.type != "cpu":
            raise InputError(
                f"{name}: {parameter} is {value.dtype} on {value.device}: expected torch.float32 "
                "on the cpu"
            )


def _require_outputs(name: str, model: nn.Module, shape: tuple[int, ...], outputs: int) -> None:
    rows = torch.randn(2, *shape)
    shown = tuple(rows.shape)
    try:
        with torch.no_grad():
            found = model.eval()(rows)
    except Exception as error:
        raise InputError(
            f"{name} failed on an input of shape {shown}: {_words(error)}; a row's shape is given "
            "by --input-shape, such as 1,8,8"
        ) from error
    came = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
    if came != (2, outputs):
        raise InputError(
            f"{name} returned {came} for an input of shape {shown}: expected {(2, outputs)}, a "
            "number for each class (one for two classes, or for regression)"
        )


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
