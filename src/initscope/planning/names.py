"""Models and names of parameters without what wrappers put around them."""

from __future__ import annotations

from torch import nn

_WRAPPERS = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})


def stable(name: str) -> str:
    """Return a name as it is without compilation, sharding and checkpointing around the model.

    >>> stable("_orig_mod.blocks.0._checkpoint_wrapped_module.fc.weight")
    'blocks.0.fc.weight'
    """
    return ".".join(part for part in name.split(".") if part not in _WRAPPERS)


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model inside of data parallelism and compilation.

    >>> unwrapped(nn.DataParallel(nn.Identity()))
    Identity()
    """
    while True:
        if isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            model = model.module
        elif "_orig_mod" in model._modules:  # noqa: SLF001 - what torch.compile wraps
            model = model.get_submodule("_orig_mod")
        else:
            return model


def class_name(module: nn.Module) -> str:
    """Return the name of a module's class, as it was before parametrization or sharding."""
    kinds = (kind.__name__ for kind in type(module).__mro__)
    return next(name for name in kinds if not name.startswith(("FSDP", "Parametrized")))
