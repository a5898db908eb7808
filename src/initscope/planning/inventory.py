"""Every parameter of a model with its role, layout and fans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from initscope.initializers import Fans
from initscope.observe import Trace
from initscope.planning import modules, parametrized, structure
from initscope.planning.modules import Use
from initscope.planning.names import class_name
from initscope.planning.settable import is_foreign
from initscope.planning.sharding import is_sharded
from initscope.planning.slots import Slot

Key = tuple[Hashable, ...]


def inventory(model: nn.Module, trace: Trace | None = None) -> tuple[Slot, ...]:
    """Return every parameter once, with role, layout and fans.

    Args:
        model: any module.
        trace: one pass over it, from which layers of other libraries are read better.

    Returns:
        A slot for each parameter, also for those that cannot be set: see
        :mod:`initscope.planning.settable`.
    """
    places: dict[Key, list[Place]] = defaultdict(list)
    owners = dict(model.named_modules(remove_duplicate=False))
    for path, module in owners.items():
        for name, tensor in module.named_parameters(recurse=False):
            full = f"{path}.{name}".removeprefix(".")
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
    dense = tensor.layout == torch.strided and not is_foreign(tensor)
    if not dense or tensor.is_meta or is_sharded(tensor) or not tensor.numel():
        return (id(tensor),)
    return tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype, tensor.device


def _place(
    full: str, name: str, module: nn.Module, tensor: Tensor, owners: Mapping[str, nn.Module]
) -> Place:
    """Find the layer that a parameter belongs to, through weight norm and spectral norm."""
    path = full.rpartition(".")[0]
    if isinstance(module, parametrize.ParametrizationList):
        outer, _, target = path.rpartition(".")
        role = parametrized.role(module, name)
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
