"""What is differentiated: the caller's loss, a loss within the output, or a random projection."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from initscope.errors import InputError

Loss = Callable[[Any], Tensor]
_SEED = 0


@dataclass(frozen=True, slots=True)
class Objective:
    """Tensors to differentiate, each with the gradient that it starts from."""

    name: Literal["loss", "output", "cotangent", "none"]
    tensors: list[Tensor]
    cotangents: list[Tensor]
    loss: float | None = None

    def backward(self) -> None:
        """Run the backward pass."""
        if self.tensors:
            torch.autograd.backward(self.tensors, self.cotangents)


def objective(output: Any) -> Objective:
    r"""Choose what is differentiated where the caller gave no loss.

    Where there is no loss within them, the outputs y are projected on one fixed random direction c,

    .. math:: L = \langle c, y \rangle, \quad E \lVert c \rVert^2 = 1,

    over all output elements together, so that gradients of models with different numbers of
    outputs can be compared.
    """
    found = list(leaves(output))
    contained = contained_loss(output)
    if contained is not None:
        return given(contained, "output")
    ends = list({id(each): each for each in found if _has_gradient(each) and each.numel()}.values())
    if not ends:
        return Objective("none", [], [])
    return Objective("cotangent", ends, _directions(ends))


def given(value: Any, name: Literal["loss", "output"] = "loss") -> Objective:
    """Differentiate a loss.

    Raises:
        InputError: the loss is not one number, or does not depend on any parameter.
    """
    if not isinstance(value, Tensor) or value.numel() != 1:
        shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
        raise InputError(f"the loss is {shape}: expected a tensor of one number, such as a mean")
    if not _has_gradient(value):
        raise InputError("the loss depends on no parameter that requires a gradient")
    return Objective(name, [value], [torch.ones_like(value)], float(value.detach()))


def contained_loss(output: Any) -> Tensor | None:
    """Find a loss within an output: called so, or the only single number with a gradient."""
    named = output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
    if isinstance(named, Tensor) and named.numel() == 1 and _has_gradient(named):
        return named
    numbers = [each for each in leaves(output) if each.dim() == 0 and _has_gradient(each)]
    return numbers[0] if len(numbers) == 1 else None


def _has_gradient(tensor: Tensor) -> bool:
    return tensor.requires_grad and (tensor.is_floating_point() or tensor.is_complex())


def _directions(ends: list[Tensor]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(_SEED)
    scale = 1 / math.sqrt(sum(each.numel() for each in ends))
    drawn = [torch.randn(each.shape, generator=generator) * scale for each in ends]
    return [each.to(end.device, end.dtype) for each, end in zip(drawn, ends, strict=True)]


def leaves(output: Any) -> Iterator[Tensor]:
    """Yield the tensors of nested tuples, lists, mappings and dataclasses."""
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, Mapping):
        for value in output.values():
            yield from leaves(value)
    elif isinstance(output, list | tuple):
        for value in output:
            yield from leaves(value)
    elif dataclasses.is_dataclass(output) and not isinstance(output, type):
        for each in dataclasses.fields(output):
            yield from leaves(getattr(output, each.name, None))
