"""Models with one known defect."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn


class Deep(nn.Module):
    """Linear layers, ReLU between them, no biases; the signal halves a layer."""

    def __init__(self, depth: int = 20) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(64, 64, bias=False) for _ in range(depth))
        generator = torch.Generator().manual_seed(0)
        for layer in self.layers:
            nn.init.xavier_normal_(layer.weight, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x).relu()
        return x


@pytest.fixture
def deep() -> Deep:
    return Deep()


@pytest.fixture
def batch() -> Tensor:
    return torch.randn(32, 64, generator=torch.Generator().manual_seed(1))
