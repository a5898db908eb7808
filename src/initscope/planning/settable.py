"""Which parameters can be given values: the others are refused before anything is planned."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod

from initscope.errors import InputError
from initscope.planning import parametrized
from initscope.planning.sharding import is_sharded


def require_settable(model: nn.Module) -> None:
    """Raise unless every parameter of a model holds values that can be written.

    Raises:
        InputError: a parameter is lazy, quantized, complex, sparse, pruned, or parametrized in a
            way that cannot be set.
    """
    for path, module in model.named_modules():
        _require_module(path or "the model", module)
        for name, tensor in module.named_parameters(recurse=False):
            full = f"{path}.{name}".removeprefix(".")
            _require_tensor(full, tensor)
            if isinstance(module, parametrize.ParametrizationList):
                _require_known(full, module, name)


def is_foreign(tensor: Tensor) -> bool:
    """Whether a tensor stores its values in a form of another library."""
    return type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__ and not is_sharded(
        tensor
    )


def _require_tensor(name: str, tensor: Tensor) -> None:
    if isinstance(tensor, UninitializedParameter):
        raise InputError(
            f"{name} is lazy and has no shape yet: run the model once on an example first"
        )
    if not tensor.is_floating_point():
        earlier = "" if tensor.is_complex() else "; initialize before quantization"
        kind = str(tensor.dtype).removeprefix("torch.")
        raise InputError(f"{name} is {kind}: expected real numbers{earlier}")
    if tensor.layout != torch.strided:
        kind = str(tensor.layout).removeprefix("torch.")
        raise InputError(f"{name} is stored as {kind}: expected a dense tensor")
    if is_foreign(tensor):
        raise InputError(
            f"{name} is a {type(tensor).__name__}, which stores values in a form of its own: "
            "initialize before the model is converted"
        )


def _require_module(where: str, module: nn.Module) -> None:
    home = type(module).__module__.split(".")
    if home[0] == "torch" and "quantized" in home:
        raise InputError(
            f"{where} is a quantized {type(module).__name__}, whose weights are "
            "packed: initialize before quantization"
        )
    if any(isinstance(h, BasePruningMethod) for h in module._forward_pre_hooks.values()):  # noqa: SLF001
        raise InputError(f"{where} is pruned: initialize before pruning")


def _require_known(full: str, module: parametrize.ParametrizationList, name: str) -> None:
    if parametrized.role(module, name) == "unknown":
        raise InputError(
            f"{full} is parametrized by {', '.join(parametrized.kinds(module))}: expected weight "
            "norm or spectral norm; initialize before other parametrizations are registered"
        )
