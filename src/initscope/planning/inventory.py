"""Every parameter of a model with its role; what cannot be initialized is refused here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from initscope.errors import InputError
from initscope.initializers import Fans
from initscope.observe import Trace
from initscope.planning import modules, structure
from initscope.planning.modules import Use
from initscope.planning.names import class_name
from initscope.planning.sharding import is_sharded
from initscope.planning.slots import Slot

Key = tuple[Hashable, ...]

_ORIGINALS: Mapping[str, Mapping[str, str | None]] = {
    "_WeightNorm": {"original0": "weight_norm_scale", "original1": None},
    "_SpectralNorm": {"original": None},
}
"""Parametrizations of torch.nn.utils that can be initialized, and the roles of their tensors."""


def inventory(model: nn.Module, trace: Trace | None = None) -> tuple[Slot, ...]:
    """Return every parameter once, with role, layout and fans.

    Args:
        model: any module.
        trace: one pass over it, from which layers of other libraries are read better.

    Raises:
        InputError: a parameter is lazy, quantized, complex, or parametrized in a way that cannot
            be set.
    """
    places: dict[Key, list[Place]] = defaultdict(list)
    owners = dict(model.named_modules(remove_duplicate=False))
    for path, module in owners.items():
        _refuse_module(path, module)
        for name, tensor in module.named_parameters(recurse=False):
            full = f"{path}.{name}".removeprefix(".")
            _refuse(full, tensor)
            places[_key(tensor)].append(_place(full, name, module, tensor, owners))
    return tuple(_slot(found, trace) for found in places.values())


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a parameter is held.

    Attributes:
        full: its name in the model.
        path: path of the layer that it belongs to, parametrized or not.
        owner: that layer.
        name: what the layer calls it.
        role: the role that a parametrization gives it; None if the layer decides.
        tensor: the parameter.
    """

    full: str
    path: str
    owner: nn.Module
    name: str
    role: str | None
    tensor: Tensor


def _key(tensor: Tensor) -> Key:
    """Return what tied parameters share: the object, or all of its memory."""
    if tensor.is_meta or is_sharded(tensor) or not tensor.numel():
        return (id(tensor),)
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype, tensor.device


def _place(
    full: str, name: str, module: nn.Module, tensor: Tensor, owners: Mapping[str, nn.Module]
) -> Place:
    """Find the layer that a parameter belongs to, through weight norm and spectral norm."""
    path = full.rpartition(".")[0]
    if isinstance(module, parametrize.ParametrizationList):
        outer, _, target = path.rpartition(".")
        role = _parametrized(full, module, name)
        path = outer.removesuffix("parametrizations").removesuffix(".")
        return Place(full, path, owners[path], target, role, tensor)
    target, role = _before_hooks(module, name)
    return Place(full, path, module, target, role, tensor)


def _before_hooks(module: nn.Module, name: str) -> tuple[str, str | None]:
    """Return what the older weight norm and spectral norm, made of hooks, made a tensor from."""
    for hook in module._forward_pre_hooks.values():  # noqa: SLF001 - where torch keeps it
        target = getattr(hook, "name", None)
        if isinstance(hook, WeightNorm) and name == f"{target}_g":
            return str(target), "weight_norm_scale"
        if (isinstance(hook, WeightNorm) and name == f"{target}_v") or (
            isinstance(hook, SpectralNorm) and name == f"{target}_orig"
        ):
            return str(target), None
    return name, None


def _slot(places: list[Place], trace: Trace | None) -> Slot:
    first = places[0]
    use = _joined([_use(place, first.full, trace) for place in places], first.tensor)
    return Slot(
        first.full,
        tuple(place.full for place in places[1:]),
        tuple(first.tensor.shape),
        use.role,
        use.layout,
        use.fans,
        use.how,
        first.path,
        class_name(first.owner),
        use.padding,
    )


def _use(place: Place, name: str, trace: Trace | None) -> Use:
    """Read a place: by torch's own layers, else by what a trace saw of the canonical name."""
    if place.role:
        return Use(place.role)
    use = modules.use_of(place.owner, place.name, place.tensor)
    if use is not None:
        return use
    return structure.use_of(place.owner, place.name, place.tensor, structure.uses(trace, name))


def _parametrized(full: str, module: parametrize.ParametrizationList, name: str) -> str | None:
    kinds = [type(part).__name__ for part in module]
    if len(kinds) != 1 or name not in _ORIGINALS.get(kinds[0], {}):
        raise InputError(
            f"{full} is parametrized by {', '.join(kinds)}: expected weight norm or spectral norm; "
            "initialize before other parametrizations are registered"
        )
    return _ORIGINALS[kinds[0]][name]


def _joined(uses: list[Use], tensor: Tensor) -> Use:
    """A table that is both looked up and multiplied with is scaled as what it multiplies."""
    if len(uses) == 1:
        return uses[0]
    padding = next((use.padding for use in uses if use.padding is not None), None)
    if {use.role for use in uses} == {"embedding", "linear"}:
        entries, features = tensor.shape
        how = f"tied to a linear layer: fan_in = features = {features}, fan_out = {entries}"
        return Use("embedding", Fans(features, entries), how, padding=padding)
    return uses[0] if uses[0].padding == padding else replace(uses[0], padding=padding)


def _refuse(name: str, tensor: Tensor) -> None:
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
    foreign = type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__
    if foreign and not is_sharded(tensor):
        raise InputError(
            f"{name} is a {type(tensor).__name__}, which stores values in a form of its own: "
            "initialize before the model is converted"
        )


def _refuse_module(path: str, module: nn.Module) -> None:
    where = path or "the model"
    home = type(module).__module__.split(".")
    if home[0] == "torch" and "quantized" in home:
        raise InputError(
            f"{where} is a quantized {type(module).__name__}, whose weights are "
            "packed: initialize before quantization"
        )
    if any(isinstance(h, BasePruningMethod) for h in module._forward_pre_hooks.values()):  # noqa: SLF001
        raise InputError(f"{where} is pruned: initialize before pruning")
