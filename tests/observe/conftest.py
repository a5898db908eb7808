"""Small models of many kinds, with inputs."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """Two convolutions with batch normalization, in-place activations, and a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        branch = self.relu(self.norm1(self.conv1(x)))
        branch = self.norm2(self.conv2(branch))
        branch += x
        return self.relu(branch)


class Convnet(nn.Module):
    """A stem, two residual blocks, pooling and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Residual(8), Residual(8))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.blocks(functional.relu(self.stem(x)))
        return self.head(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))


@pytest.fixture
def convnet():
    torch.manual_seed(1)
    return Convnet()


@pytest.fixture
def images():
    return torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(2))


@pytest.fixture
def by_key():
    """Find an operation of a trace by the text of its key."""

    def find(trace, key):
        (row,) = [row for row in trace.operations if str(row.key) == key]
        return row

    return find
