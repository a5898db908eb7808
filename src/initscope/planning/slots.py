"""What a plan knows about a parameter: its role, its layout, its fans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from initscope.initializers import Fans

WEIGHTS = frozenset(
    {
        "linear",
        "bilinear",
        "convolution",
        "transposed_convolution",
        "attention_input",
        "recurrent_input",
        "recurrent",
        "projection",
    }
)
"""Roles of weights that sum over inputs; only these have fans that scale them."""

ROLES = WEIGHTS | {
    "embedding",
    "bias",
    "gate_bias",
    "norm_scale",
    "norm_shift",
    "slope",
    "scalar",
    "layer_scale",
    "token",
    "position",
    "state_space",
    "weight_norm_scale",
    "unknown",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a stored tensor is made of weights in the usual layout, (out, in, *kernel).

    Attributes:
        axis: the stored dimension along which independent weights lie side by side.
        parts: their names, equally long along the axis, such as the gates of an LSTM.
        transposed: whether the first two stored dimensions are (in, out).
        stacked: whether the axis counts the parts and is no dimension of theirs, such as experts.
    """

    axis: int = 0
    parts: tuple[str, ...] = ("",)
    transposed: bool = False
    stacked: bool = False

    def split(self, tensor: Tensor) -> Sequence[Tensor]:
        """Return the weights as views of the stored tensor, in the usual layout."""
        views: Sequence[Tensor] = [tensor]
        if self.stacked:
            views = tensor.unbind(self.axis)
        elif len(self.parts) > 1:
            views = tensor.chunk(len(self.parts), dim=self.axis)
        return [view.transpose(0, 1) for view in views] if self.transposed else views


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter that a plan decides on.

    Attributes:
        name: its name in `named_parameters`.
        aliases: other names of the same parameter, where it is tied.
        shape: as it is stored.
        role: one of :data:`ROLES`.
        layout: how it is stored.
        fans: of each part; None where the role has none.
        how: how the fans follow, in words.
        module: path of the module that holds it.
        module_class: class of that module.
        padding: the row of an embedding that is zero and stays so; None mostly.
    """

    name: str
    aliases: tuple[str, ...]
    shape: tuple[int, ...]
    role: str
    layout: Layout
    fans: Fans | None
    how: str
    module: str
    module_class: str
    padding: int | None = None

    @property
    def is_weight(self) -> bool:
        """Whether it sums over inputs."""
        return self.role in WEIGHTS
