"""Inputs that a model refuses: which layer, and what it wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from initscope.errors import InputError
from initscope.observe import ObservationError, Trace


def require_trainable(model: object) -> None:
    """Raise unless there is a module with something to train.

    Raises:
        InputError: it is no module, has no parameters, or all are frozen.
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"received {type(model).__name__}: expected a torch.nn.Module")
    if any(tensor.requires_grad for tensor in model.parameters()):
        return
    count = len(list(model.parameters()))
    if not count:
        raise InputError(f"this {type(model).__name__} has no parameters: nothing to check")
    raise InputError(
        f"all {count} parameters of this {type(model).__name__} are frozen: set "
        "requires_grad on those that are to be trained"
    )


def require_gradient(trace: Trace) -> None:
    """Raise unless something could be differentiated.

    Raises:
        InputError: no output depends on a parameter that requires a gradient.
    """
    if trace.objective == "none":
        raise InputError(
            f"no output of this {trace.model_class} is differentiable: expected a floating-point "
            "tensor that depends on a trained parameter; look for detach(), no_grad() or argmax"
        )


def explained(error: ObservationError, model: nn.Module) -> InputError:
    """Return the error with what the layer wants that raised it, where that can be told."""
    wanted = _wanted(dict(model.named_modules()).get(error.where or ""))
    if not wanted or not isinstance(error.__cause__, RuntimeError | ValueError | IndexError):
        return error
    return ObservationError(f"{error}; {error.where!r} wants {wanted}", error.where)


def _wanted(module: nn.Module | None) -> str:
    for kind, shape in _SHAPES:
        if isinstance(module, kind):
            return f"an input {shape(module)}: {type(module).__name__}"
    return ""


def _channels(module: Any) -> str:
    places = ", ".join("*" * len(module.kernel_size))
    return f"of shape (batch, {module.in_channels}, {places})"


_SHAPES: tuple[tuple[type[nn.Module], Callable[[Any], str]], ...] = (
    (nn.Linear, lambda module: f"of shape (..., {module.in_features})"),
    (nn.modules.conv._ConvNd, _channels),  # noqa: SLF001 - the class of all convolutions
    (nn.modules.batchnorm._NormBase, lambda module: f"of {module.num_features} channels"),  # noqa: SLF001 - likewise
    (nn.GroupNorm, lambda module: f"of {module.num_channels} channels"),
    (nn.LayerNorm, lambda module: f"that ends in {tuple(module.normalized_shape)}"),
    (nn.RNNBase, lambda module: f"of shape (..., {module.input_size})"),
    (nn.MultiheadAttention, lambda module: f"of shape (..., {module.embed_dim})"),
    (nn.Embedding, lambda module: f"of whole numbers below {module.num_embeddings}"),
)
"""What layers want, in words."""
