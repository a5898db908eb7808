"""Names of parameters without what wrappers put in front of them."""

from __future__ import annotations

_WRAPPERS = frozenset({"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"})


def stable(name: str) -> str:
    """Return a name as it is without compilation, sharding and checkpointing around the model.

    >>> stable("_orig_mod.blocks.0._checkpoint_wrapped_module.fc.weight")
    'blocks.0.fc.weight'
    """
    return ".".join(part for part in name.split(".") if part not in _WRAPPERS)
