"""Every parameter of a model with its role; what cannot be initialized is refused here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils import parametrize

from initscope.errors import InputError
from initscope.initializers import Fans
from initscope.observe import Trace
from initscope.planning import modules, structure
from initscope.planning.modules import Use
from initscope.planning.slots import Slot

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
    places: dict[int, list[tuple[str, nn.Module, str, Tensor]]] = defaultdict(list)
    for path, module in model.named_modules():
        _refuse_quantized(path, module)
        for name, tensor in module.named_parameters(recurse=False):
            full = f"{path}.{name}" if path else name
            _refuse(full, tensor)
            places[id(tensor)].append((full, module, name, tensor))
    parents = {f"{path}.": module for path, module in model.named_modules()} | {"": model}
    return tuple(_slot(found, trace, parents) for found in places.values())


def _slot(
    places: list[tuple[str, nn.Module, str, Tensor]],
    trace: Trace | None,
    parents: dict[str, nn.Module],
) -> Slot:
    name, module, _, tensor = places[0]
    seen = structure.uses(trace, name)
    uses = [
        _use(full, module, own, tensor, parents) or structure.use_of(module, own, tensor, seen)
        for full, module, own, tensor in places
    ]
    use = _joined(uses, tensor)
    return Slot(
        name,
        tuple(full for full, *_ in places[1:]),
        tuple(tensor.shape),
        use.role,
        use.layout,
        use.fans,
        use.how,
        name.rpartition(".")[0],
        type(module).__name__,
    )


def _use(
    full: str, module: nn.Module, name: str, tensor: Tensor, parents: dict[str, nn.Module]
) -> Use | None:
    """Read a layer of torch.nn, through weight norm and spectral norm."""
    if isinstance(module, parametrize.ParametrizationList):
        owner, _, rest = full.rpartition("parametrizations.")
        target = rest.partition(".")[0]
        role = _parametrized(full, module, name)
        return Use(role) if role else modules.use_of(parents[owner], target, tensor)
    if name in {"weight_g", "weight_v"} and hasattr(module, "weight"):  # the older weight norm
        found = modules.use_of(module, "weight", tensor)
        return Use("weight_norm_scale") if name == "weight_g" else found
    return modules.use_of(module, name, tensor)


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
    roles = {use.role for use in uses}
    if roles == {"embedding", "linear"}:
        entries, features = tensor.shape
        how = f"tied to a linear layer: fan_in = features = {features}, fan_out = {entries}"
        return Use("embedding", Fans(features, entries), how)
    return uses[0]


def _refuse(name: str, tensor: Tensor) -> None:
    if isinstance(tensor, UninitializedParameter):
        raise InputError(
            f"{name} is lazy and has no shape yet: run the model once on an example first"
        )
    if not tensor.is_floating_point():
        raise InputError(
            f"{name} is {str(tensor.dtype).removeprefix('torch.')}: expected real numbers; "
            "initialize before quantization"
        )


def _refuse_quantized(path: str, module: nn.Module) -> None:
    if ".quantized" in type(module).__module__:
        raise InputError(
            f"{path or 'the model'} is a quantized {type(module).__name__}, whose weights are "
            "packed: initialize before quantization"
        )
