"""Models as they are typed: a built-in network, or a factory as package.module:factory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from initscope import imports
from initscope.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor, nn

input_option = click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="SHAPE",
    help="Shape of an input, such as 32,64 (standard normal) or 8,128:50257 (whole numbers below "
    "50257); again for each further argument.",
)


def load(text: str, inputs: tuple[str, ...]) -> tuple[nn.Module, tuple[Any, ...] | None]:
    """Return the model that a TARGET names, and what it is called with, if that is known.

    A factory takes no arguments and returns a module, or a pair of a module and an example: a
    tensor, a tuple or a dict.

    Raises:
        InputError: there is no such network or factory, or it returns something else.
    """
    from torch import nn

    given = tuple(_tensor(shape) for shape in inputs) or None
    name = text.partition(":")[0]
    from initscope.networks import NAMES, build

    if name in NAMES:
        built = build(text)
        return built.model, given or (built.example,)
    if ":" not in text:
        raise InputError(
            f"target {text!r}: expected package.module:factory, or a built-in network such as "
            "mlp:depth=30,width=256,activation=relu"
        )
    made = _made(_factory(text), text)
    model, example = made if isinstance(made, tuple) and len(made) == 2 else (made, None)
    if not isinstance(model, nn.Module):
        raise InputError(
            f"{text} returned {type(model).__name__}: expected a torch.nn.Module, or a pair of one "
            "and an example"
        )
    return model, given or example


def _factory(text: str) -> Any:
    try:
        return imports.load(text, "factory")
    except InputError as error:
        raise InputError(f"{text}: {error}") from None


def _made(factory: Any, text: str) -> Any:
    from torch import nn

    if isinstance(factory, nn.Module):
        return factory
    if not callable(factory):
        raise InputError(
            f"{text} is {type(factory).__name__}: expected a function without arguments"
        )
    try:
        return factory()
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        words = " ".join(str(error).split())
        raise InputError(f"{text}() raised {type(error).__name__}: {words}") from error


def _tensor(text: str) -> Tensor:
    """Draw an input of a shape, from a generator of its own."""
    import torch

    shape, colon, limit = text.partition(":")
    try:
        sizes = [int(part) for part in shape.split(",")]
        below = int(limit) if colon else None
        if min(sizes) < 1 or (below is not None and below < 1):
            raise ValueError  # noqa: TRY301 - one message for all that cannot be read
    except ValueError:
        raise InputError(
            f"--input {text!r}: expected whole numbers above 0 between commas, such as 32,64 or "
            "8,128:50257"
        ) from None
    generator = torch.Generator().manual_seed(0)
    try:
        if below is None:
            return torch.randn(sizes, generator=generator)
        return torch.randint(below, sizes, generator=generator)
    except (RuntimeError, MemoryError):
        raise InputError(
            f"--input {text!r}: {math.prod(sizes):.3g} numbers do not fit into memory"
        ) from None
