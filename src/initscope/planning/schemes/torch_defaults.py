"""What PyTorch's own layers start from."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import nn

from initscope.planning.choice import NORMS, Choice, fill, keep
from initscope.planning.model import Model
from initscope.planning.slots import Slot

_REFERENCE = "torch.nn {}.reset_parameters"


def torch_defaults(model: Model) -> Mapping[str, Choice | None]:
    """Reproduce the distributions of `reset_parameters`, with their oddities.

    Weights and biases of linear layers and convolutions are uniform with limit 1 / sqrt(fan_in);
    PyTorch's fan_in of a transposed convolution is that of its outputs, and the packed projections
    of attention are scaled as one matrix of 3 * embed rows.
    """
    owners = dict(model.module.named_modules())
    return {slot.name: _choice(slot, owners[slot.module], model) for slot in model.slots}


def _choice(slot: Slot, module: nn.Module, model: Model) -> Choice | None:
    if slot.role == "weight_norm_scale":
        return NORMS
    if slot.role == "state_space":
        return keep("PyTorch has no default for it")
    limit = _limit(slot, module, model)
    reason = f"the default of {slot.module_class}"
    reference = _REFERENCE.format(slot.module_class)
    if limit is not None:
        return fill(f"uniform({-limit!r}, {limit!r})", reason=reason, reference=reference)
    constant = _constant(slot)
    if constant is not None:
        return fill(f"constant(value={constant})", reason=reason, reference=reference)
    if slot.role == "embedding" and isinstance(module, nn.Embedding | nn.EmbeddingBag):
        return fill("normal(std=1)", reason=reason, reference=reference)
    if slot.role == "token" and isinstance(module, nn.MultiheadAttention):
        std = math.sqrt(2 / (1 + slot.shape[-1]))
        return fill(f"normal(std={std!r})", reason=reason, reference=reference)
    return None


def _limit(slot: Slot, module: nn.Module, model: Model) -> float | None:
    """Return the limit of the uniform distribution, where it is one."""
    if isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return 1 / math.sqrt(module.hidden_size)
    if isinstance(module, nn.MultiheadAttention) and slot.role == "attention_input":
        rows, columns = slot.shape
        return math.sqrt(6 / (rows + columns))
    if isinstance(module, nn.Bilinear):
        return 1 / math.sqrt(module.in1_features)
    if isinstance(module, nn.Linear | nn.modules.conv._ConvNd):  # noqa: SLF001 - the base class
        if slot.module.endswith("out_proj") and slot.role == "bias" and _in_attention(slot, model):
            return None
        shape = module.weight.shape
        return 1 / math.sqrt(math.prod(shape[1:])) if math.prod(shape[1:]) else None
    return None


def _in_attention(slot: Slot, model: Model) -> bool:
    owner = slot.module.rpartition(".")[0]
    return isinstance(model.module.get_submodule(owner), nn.MultiheadAttention)


def _constant(slot: Slot) -> float | None:
    return {"norm_scale": 1.0, "norm_shift": 0.0, "slope": 0.25, "bias": 0.0}.get(slot.role)
