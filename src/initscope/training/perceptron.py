"""The ordinary module of a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn


class Perceptron(nn.Module):
    """A multilayer perceptron as people write it."""

    def __init__(
        self, widths: Sequence[int], outputs: int, activation: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__()
        self.hidden = nn.ModuleList(map(nn.Linear, widths, widths[1:]))
        self.head = nn.Linear(widths[-1], outputs)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.head(x)  # type: ignore[no-any-return]
