"""Inputs that a model refuses: which layer, and what it wants."""

from __future__ import annotations

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
    tensors = list(model.parameters())
    if not tensors:
        raise InputError(f"this {type(model).__name__} has no parameters: nothing to check")
    if not any(tensor.requires_grad for tensor in tensors):
        raise InputError(
            f"all {len(tensors)} parameters of this {type(model).__name__} are frozen: set "
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
    if not wanted or not isinstance(error.__cause__, RuntimeError | ValueError):
        return error
    return ObservationError(f"{error}; {error.where!r} wants {wanted}", error.where)


def _wanted(module: nn.Module | None) -> str:
    kind = type(module).__name__
    if isinstance(module, nn.Linear):
        return f"an input of shape (..., {module.in_features}): {kind}"
    if isinstance(module, nn.modules.conv._ConvNd):  # noqa: SLF001 - the class of all convolutions
        sizes = ", ".join(["batch", str(module.in_channels), *"*" * len(module.kernel_size)])
        return f"an input of shape ({sizes}): {kind}"
    if isinstance(module, nn.modules.batchnorm._NormBase):  # noqa: SLF001 - likewise
        return f"an input of {module.num_features} channels: {kind}"
    if isinstance(module, nn.LayerNorm):
        return f"an input that ends in {tuple(module.normalized_shape)}: {kind}"
    if isinstance(module, nn.RNNBase):
        return f"an input of shape (..., {module.input_size}): {kind}"
    if isinstance(module, nn.MultiheadAttention):
        return f"an input of shape (..., {module.embed_dim}): {kind}"
    return ""
