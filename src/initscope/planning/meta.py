"""From the meta device to real memory, without a second copy of the model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from initscope.errors import InputError
from initscope.planning.names import stable


def materialize(
    model: nn.Module, named: dict[str, Tensor], device: str | torch.device | None
) -> dict[str, Tensor]:
    """Give every parameter on the meta device memory on a real one, its values still undefined.

    Raises:
        InputError: a device was not named, or a buffer is on the meta device, whose values nobody
            knows.
    """
    if not any(tensor.is_meta for tensor in named.values()):
        return named
    if device is None:
        raise InputError(
            'the model is on the meta device: say where it becomes real, apply(..., device="cpu")'
        )
    lost = [name for name, buffer in model.named_buffers() if buffer.is_meta]
    if lost:
        raise InputError(
            f"the buffer {lost[0]} is on the meta device and its values are not known: build the "
            "model with real buffers"
        )
    made: dict[int, nn.Parameter] = {}
    for module in model.modules():
        for name, tensor in module.named_parameters(recurse=False):
            if tensor.is_meta:
                if id(tensor) not in made:
                    real = torch.empty_like(tensor, device=device)
                    made[id(tensor)] = nn.Parameter(real, requires_grad=tensor.requires_grad)
                setattr(module, name, made[id(tensor)])
    return {stable(name): tensor for name, tensor in model.named_parameters()}
