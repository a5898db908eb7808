"""The ordinary module of a multilayer perceptron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from initscope.networks.layers import NORMS
from initscope.training.activations import activation
from initscope.training.dropout import SeededDropout

if TYPE_CHECKING:
    from initscope.training.network import MLP


class Perceptron(nn.Module):
    """A multilayer perceptron as people write it."""

    def __init__(self, network: MLP, inputs: int, outputs: int) -> None:
        super().__init__()
        widths = (inputs, *network.hidden)
        self.hidden = nn.ModuleList(map(nn.Linear, widths, widths[1:]))
        if network.norm != "none":
            self.norms = nn.ModuleList(map(NORMS[network.norm], network.hidden))
        if network.learns_scales:
            self.branch_scales = nn.Parameter(torch.zeros(network.branches))
        if network.dropout:
            self.dropouts = nn.ModuleList(
                SeededDropout(index, network.dropout, width)
                for index, width in enumerate(network.hidden)
            )
        self.head = nn.Linear(widths[-1], outputs)
        self.network = network
        self.activation = activation(network.activation).plain

    def forward(self, x: Tensor) -> Tensor:
        for index in range(len(self.hidden)):
            block = self._block(index, x)
            x = x + self._scale(index) * block if index and self.network.residual else block
        return self.head(x)  # type: ignore[no-any-return]

    def _block(self, index: int, x: Tensor) -> Tensor:
        x = self.hidden[index](x)
        if self.network.norm != "none":
            x = self.norms[index](x)
        x = self.activation(x)
        return self.dropouts[index](x) if self.network.dropout else x

    def _scale(self, index: int) -> float | Tensor:
        scale = self.network.scale_of_branches
        return self.branch_scales[index - 1] if scale is None else scale
