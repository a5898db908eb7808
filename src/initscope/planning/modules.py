"""The roles of the parameters of every layer in torch.nn, one row each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from initscope.initializers import Fans
from initscope.observe.gates import GATES as PACKED
from initscope.planning.slots import Layout

QKV = ("query", "key", "value")
GATES: tuple[tuple[tuple[type[nn.Module], ...], tuple[str, ...]], ...] = (
    ((nn.LSTM, nn.LSTMCell), PACKED["lstm"]),
    ((nn.GRU, nn.GRUCell), PACKED["gru"]),
    ((nn.RNN, nn.RNNCell), ("",)),
)
"""The gates that recurrent layers pack into one matrix, in their order."""


_PLAIN = Layout()


@dataclass(frozen=True, slots=True)
class Use:
    """What one parameter of a module is."""

    role: str
    fans: Fans | None = None
    how: str = ""
    layout: Layout = _PLAIN
    padding: int | None = None


Rule = Callable[[nn.Module, str, Tensor], Use | None]

BIAS = Use("bias")


def linear(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read (out, in)."""
    if name != "weight":
        return BIAS if name == "bias" else None
    outputs, inputs = tensor.shape
    return Use(
        "linear", Fans(inputs, outputs), f"fan_in = in = {inputs}, fan_out = out = {outputs}"
    )


def bilinear(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read (out, in1, in2): every output sums over all pairs of inputs."""
    if name != "weight":
        return BIAS if name == "bias" else None
    outputs, first, second = tensor.shape
    how = f"fan_in = in1 * in2 = {first} * {second}, fan_out = out * in2 = {outputs} * {second}"
    return Use("bilinear", Fans(first * second, outputs * second), how)


def convolution(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read (out, in / groups, *kernel): every group is a weight of its own."""
    if name != "weight":
        return BIAS if name == "bias" else None
    groups = int(module.groups)  # type: ignore[arg-type]
    outputs, inputs, *kernel = tensor.shape
    window, per_group = math.prod(kernel), outputs // groups
    how = (
        f"fan_in = in / groups * kernel = {inputs} * {window}, "
        f"fan_out = out / groups * kernel = {per_group} * {window}"
    )
    return Use(
        "convolution", Fans(inputs * window, per_group * window), how, Layout(0, _groups(groups))
    )


def transposed_convolution(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read (in, out / groups, *kernel): an output meets kernel / stride taps on average."""
    if name != "weight":
        return BIAS if name == "bias" else None
    groups = int(module.groups)  # type: ignore[arg-type]
    strides = math.prod(module.stride)  # type: ignore[arg-type]
    inputs, outputs, *kernel = tensor.shape
    window, per_group = math.prod(kernel), inputs // groups
    fan_in = max(1, round(per_group * window / strides))
    how = (
        f"fan_in = in / groups * kernel / stride = {per_group} * {window} / {strides}, "
        f"fan_out = out / groups * kernel = {outputs} * {window}"
    )
    layout = Layout(0, _groups(groups), transposed=True)
    return Use("transposed_convolution", Fans(fan_in, outputs * window), how, layout)


def embedding(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read (entries, features): a lookup sums over nothing. The padding's row stays zero."""
    if name != "weight":
        return None
    padding: int | None = module.padding_idx  # type: ignore[assignment]
    how = "fan_in = 1: a lookup reads one row"
    if padding is not None:
        how += f"; row {padding} is padding and zero"
    return Use("embedding", Fans(1, tensor.shape[1]), how, padding=padding)


def recurrent(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read (gates * hidden, in), the packed gates of a recurrent layer."""
    gates = next((gates for kinds, gates in GATES if isinstance(module, kinds)), None)
    if gates is None:
        return None
    layout = Layout(0, gates)
    if name.startswith("bias"):
        return Use("gate_bias", layout=layout)
    if name.startswith("weight_hr"):
        outputs, inputs = tensor.shape
        how = f"fan_in = hidden = {inputs}, fan_out = projection = {outputs}"
        return Use("projection", Fans(inputs, outputs), how)
    if not name.startswith(("weight_ih", "weight_hh")):
        return None
    rows, inputs = tensor.shape
    hidden = rows // len(gates)
    how = f"fan_in = {inputs}, fan_out = hidden = {hidden}, for each of {len(gates)} gates"
    role = "recurrent_input" if name.startswith("weight_ih") else "recurrent"
    return Use(role, Fans(inputs, hidden), how, layout)


def attention(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read the packed projections (3 * embed, embed) of multi-head attention, or single ones."""
    if name == "in_proj_bias":
        return Use("bias", layout=Layout(0, QKV))
    if name in {"bias_k", "bias_v"}:
        return Use("token", how="one more key or value for every query")
    if name == "in_proj_weight":
        rows, inputs = tensor.shape
        how = f"fan_in = embed = {inputs}, fan_out = {rows // 3}, for query, key and value"
        return Use("attention_input", Fans(inputs, rows // 3), how, Layout(0, QKV))
    if name.endswith("_proj_weight"):
        outputs, inputs = tensor.shape
        return Use("attention_input", Fans(inputs, outputs), f"fan_in = {inputs}")
    return None


def normalization(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read the scale and the shift after a normalization."""
    return {"weight": Use("norm_scale"), "bias": Use("norm_shift")}.get(name)


def prelu(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Read the slopes of PReLU."""
    return Use("slope") if name == "weight" else None


TABLE: tuple[tuple[type[nn.Module] | tuple[type[nn.Module], ...], Rule], ...] = (
    (nn.Bilinear, bilinear),
    (nn.Linear, linear),
    ((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), transposed_convolution),
    ((nn.Conv1d, nn.Conv2d, nn.Conv3d), convolution),
    ((nn.Embedding, nn.EmbeddingBag), embedding),
    ((nn.RNNBase, nn.RNNCellBase), recurrent),
    (nn.MultiheadAttention, attention),
    (
        (
            nn.modules.batchnorm._NormBase,  # noqa: SLF001 - the base of batch and instance norms
            nn.LayerNorm,
            nn.GroupNorm,
            nn.RMSNorm,
        ),
        normalization,
    ),
    (nn.PReLU, prelu),
)
"""Which rule reads which layers; subclasses are read like their bases."""


def use_of(module: nn.Module, name: str, tensor: Tensor) -> Use | None:
    """Return what a parameter of a torch.nn layer is, None for other layers."""
    for kinds, rule in TABLE:
        if isinstance(module, kinds):
            return rule(module, name, tensor)
    return None


def _groups(count: int) -> tuple[str, ...]:
    return ("",) if count == 1 else tuple(f"group {index}" for index in range(count))
