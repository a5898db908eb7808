"""Roles of parameters in layers of other libraries, read from structure and use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from torch import Tensor, nn

from initscope.initializers import Fans
from initscope.observe import Operation, Trace
from initscope.observe.kinds import TABLE, VIEW
from initscope.planning.modules import BIAS, Use
from initscope.planning.slots import Layout

_NORM = re.compile(r"norm(?!al_?linear)", re.IGNORECASE)
_TOKEN = re.compile(
    r"(^|_)(cls|class|mask(ed)?|dist\w*|register|query|pad|sep)_?(spec_)?(tokens?|embed(ding)?s?)$"
)
_POSITION = re.compile(r"pos(ition(al)?)?_?(emb\w*|enc\w*|bias\w*)|relative_(position|attention)")
_STATE_SPACE = re.compile(r"^(A_log|D|dt_bias|A_logs|Ds)$")
_LAYER_SCALE = re.compile(r"layer_?scale|lambda_?\d?$|^gamma(_\d)?$|lambda1$")


def use_of(
    module: nn.Module, name: str, tensor: Tensor, operations: Sequence[tuple[Operation, str]]
) -> Use:
    """Return what a parameter is, by its use in a trace, its neighbours, or its published name.

    Args:
        module: what holds it.
        name: its name there.
        tensor: the parameter.
        operations: where a trace saw it, with the argument that it entered.
    """
    found = (
        _by_operation(tensor, operations)
        or _by_neighbours(module, name, tensor)
        or _by_name(module, name, tensor)
        or _by_addition(tensor, operations)
    )
    return found or Use("unknown")


def _is_itself(operation: Operation) -> bool:
    """Whether an operation takes its parameters as they are, or as views and copies of them."""
    views = {name for name, row in TABLE.items() if row.kind == VIEW}
    return all(step in views for use in operation.parameters for step in use.through)


def uses(trace: Trace | None, name: str) -> list[tuple[Operation, str]]:
    """Return where a trace saw a parameter, with the argument that it entered."""
    if trace is None:
        return []
    parameter = trace.parameter(name)
    return [
        (trace.operations[index], use.argument)
        for index in parameter.operations
        for use in trace.operations[index].parameters
        if use.name == parameter.name
    ]


def _by_operation(tensor: Tensor, operations: Sequence[tuple[Operation, str]]) -> Use | None:
    """A matrix product tells the layout; a normalization, its scale and shift."""
    for operation, argument in operations:
        layout = operation.options.get("layout")
        if layout and argument != "bias" and tensor.dim() == 2:
            return _matrix(tensor, transposed=layout == "in_out")
        if layout and argument != "bias" and tensor.dim() == 3:
            return _experts(tensor, transposed=layout == "in_out")
        if operation.kind == "linear" and argument == "bias":
            return BIAS
        if operation.kind == "normalization":
            return {"weight": Use("norm_scale"), "bias": Use("norm_shift")}.get(argument)
        if operation.kind == "embedding" and argument == "weight":
            return Use("embedding", Fans(1, tensor.shape[1]), "fan_in = 1: a lookup reads one row")
    return None


def _by_addition(tensor: Tensor, operations: Sequence[tuple[Operation, str]]) -> Use | None:
    """Whatever its name, what is added to a signal is a bias, or a position's vector."""
    kinds = {operation.kind for operation, _ in operations}
    if kinds == {"add"} and all(_is_itself(operation) for operation, _ in operations):
        return BIAS if tensor.dim() == 1 else Use("position", how="added to the signal")
    if kinds == {"concat"} and tensor.dim() > 1:
        return Use("token", how="joins the sequence")
    return None


def _by_neighbours(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read a weight and a bias side by side, as layers of most libraries hold them."""
    kind = type(module).__name__
    if tensor.dim() == 1 and (_NORM.search(kind) and name in {"weight", "bias", "scale"}):
        return Use("norm_shift") if name == "bias" else Use("norm_scale")
    if name == "weight" and tensor.dim() == 2:
        bias = getattr(module, "bias", None)
        outputs = len(bias) if isinstance(bias, Tensor) and bias.dim() == 1 else None
        if kind == "Conv1D" or (outputs == tensor.shape[1] != tensor.shape[0]):
            return _matrix(tensor, transposed=True)
        if hasattr(module, "in_features") or (outputs == tensor.shape[0] != tensor.shape[1]):
            return _matrix(tensor, transposed=False)
    if name == "bias" and isinstance(getattr(module, "weight", None), Tensor):
        return BIAS
    return None


def _by_name(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read names that published architectures share."""
    if _STATE_SPACE.search(name):
        return Use("state_space", how="a constant of a state-space layer")
    if tensor.numel() == 1:
        return Use("scalar")
    kind = type(module).__name__
    if _POSITION.search(name):
        return Use("position", how="added to the signal")
    if _TOKEN.search(name):
        return Use("token", how="joins the sequence")
    if tensor.dim() == 1 and (_LAYER_SCALE.search(name) or "LayerScale" in kind):
        return Use("layer_scale", how="multiplies a branch")
    return None


def _matrix(tensor: Tensor, *, transposed: bool) -> Use:
    outputs, inputs = reversed(tensor.shape) if transposed else tensor.shape
    stored = "stored as (in, out)" if transposed else "stored as (out, in)"
    how = f"{stored}: fan_in = {inputs}, fan_out = {outputs}"
    return Use("linear", Fans(inputs, outputs), how, Layout(transposed=transposed))


def _experts(tensor: Tensor, *, transposed: bool) -> Use:
    """Read matrices that are stacked, (experts, out, in) or (experts, in, out)."""
    matrix = _matrix(tensor[0], transposed=transposed)
    names = tuple(f"expert {index}" for index in range(len(tensor)))
    layout = Layout(0, names, transposed=transposed, stacked=True)
    return Use(matrix.role, matrix.fans, f"{matrix.how}, for each of {len(names)} experts", layout)
