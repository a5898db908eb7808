"""From the meta device to real memory, without a second copy of the model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from initscope.errors import InputError

_RUNNING = nn.modules.batchnorm._NormBase  # noqa: SLF001 - the base of batch and instance norms

Places = list[tuple[nn.Module, str, Tensor]]


def require_device(model: nn.Module, device: str | torch.device | None) -> None:
    """Refuse a model on the meta device that cannot become real.

    Raises:
        InputError: a device was not named, or a buffer is on the meta device, whose values nobody
            knows.
    """
    if not any(tensor.is_meta for tensor in model.parameters()):
        return
    if device is None or torch.device(device).type == "meta":
        raise InputError(
            'the model is on the meta device: say where it becomes real, apply(..., device="cpu")'
        )
    for path, module in model.named_modules():
        if isinstance(module, _RUNNING):
            continue
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta:
                raise InputError(
                    f"the buffer {path + '.' if path else ''}{name} is on the meta device and its "
                    "values are not known: build the model with real buffers"
                )


def places(model: nn.Module) -> Places:
    """Return every place of a model that holds something on the meta device."""
    found: Places = []
    for module in model.modules():
        for held in (module._parameters, module._buffers):  # noqa: SLF001 - tied ones in each place
            found += [(module, n, t) for n, t in held.items() if t is not None and t.is_meta]
    return found


def materialize(model: nn.Module, device: str | torch.device | None) -> None:
    """Give every parameter on the meta device memory on a real one, its values still undefined.

    Running statistics of normalizations start as torch starts them.
    """
    made: dict[int, Tensor] = {}
    for module, name, tensor in places(model):
        if id(tensor) not in made:
            made[id(tensor)] = _real(tensor, device)
        setattr(module, name, made[id(tensor)])
        if isinstance(module, _RUNNING) and name in module._buffers:  # noqa: SLF001
            made[id(tensor)].fill_(1 if name == "running_var" else 0)


def put_back(before: Places) -> None:
    """Put back on the meta device what was there."""
    for module, name, tensor in before:
        setattr(module, name, tensor)


def _real(tensor: Tensor, device: str | torch.device | None) -> Tensor:
    real = torch.empty_like(tensor, device=device)
    if isinstance(tensor, nn.Parameter):
        real = nn.Parameter(real, tensor.requires_grad)
        real.__dict__.update(tensor.__dict__)  # what libraries note on a parameter
    return real
