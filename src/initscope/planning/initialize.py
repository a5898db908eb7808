"""One call that initializes a model, or a tensor."""

from __future__ import annotations

from typing import overload

from torch import Tensor, nn

from initscope.errors import InputError
from initscope.initializers import Fans, Initializer, get
from initscope.planning.apply import require_seed
from initscope.planning.audit import Audit
from initscope.planning.example import Example
from initscope.planning.plan import plan
from initscope.planning.sharding import is_sharded, pieces
from initscope.streams import Stream


@overload
def init_(
    target: nn.Module,
    initializer: str | Initializer,
    seed: int = 0,
    *,
    example: Example | None = None,
) -> Audit: ...


@overload
def init_(
    target: Tensor, initializer: str | Initializer, seed: int = 0, *, name: str = "weight"
) -> Tensor: ...


def init_(
    target: nn.Module | Tensor,
    initializer: str | Initializer,
    seed: int = 0,
    *,
    name: str = "weight",
    example: Example | None = None,
) -> Audit | Tensor:
    """Fill a model's parameters, or a tensor, in place.

    In a model every weight gets the initializer, with the fans of its role; biases become zero,
    scales of normalizations one. Values depend on the seed and on the parameter's name alone.

    Args:
        target: a module, or a tensor in PyTorch's layout, ``(out, in, *kernel)``.
        initializer: an initializer by name; for a module also a scheme, such as ``"auto"``.
        seed: any integer.
        name: of a tensor; tensors of the same shape, seed and name get the same values.
        example: what a module is called with, for schemes that follow the signal through it.

    Returns:
        The audit of a module; the tensor itself for a tensor.

    Raises:
        InputError: the initializer is unknown or does not fit, an example is needed, or a parameter
            is uncovered.

    >>> import torch, initscope
    >>> model = torch.nn.Linear(50, 20)
    >>> initscope.init_(model, "he_normal", seed=0).ok
    True
    >>> initscope.init_(model, "auto", example=torch.randn(8, 50)).ok
    True
    >>> initscope.init_(torch.empty(3, 2), "orthogonal", seed=1).shape
    torch.Size([3, 2])
    """
    require_seed(seed)
    if isinstance(target, nn.Module):
        return plan(target, initializer, example).apply(target, seed)
    _require_tensor(target)
    chosen = get(initializer)
    fans = Fans.of(target.shape) if target.dim() > 1 else None
    if is_sharded(target) and not chosen.is_elementwise:
        raise InputError(f"{chosen} draws whole matrices, and the tensor is sharded")
    for piece in pieces(target):
        stream = Stream(seed, name)
        chosen.fill_(piece.view, fans, stream, shape=tuple(target.shape), index=piece.index)
    return target


def _require_tensor(target: object) -> None:
    """Refuse what is neither a module nor a tensor."""
    if not isinstance(target, Tensor):
        kind = type(target).__name__
        raise InputError(f"received {kind}: expected a torch.nn.Module or a tensor")
    if target.is_meta:
        raise InputError("the tensor is on the meta device: torch.empty_like(tensor, device='cpu')")
