"""Dropout whose masks follow from seed, layer and step alone (Srivastava et al., 2014)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from initscope.streams import Streams
from initscope.training.parts import Memory, Part


class Masks:
    """What outputs of a layer are multiplied by: 0 at the rate of the dropout, else 1 / (1 - rate).

    The masks of a step stand in the stream (seed, ``dropout.layer``) behind those of the steps
    before, so that they depend neither on the chunk nor on the steps that were asked for.

    Args:
        seeds: one a member; members of one seed have the same masks.
        layer: number of the hidden layer.
        rate: share of the outputs that is dropped.
        size: outputs of a whole batch; the last batch of an epoch may have fewer.
    """

    def __init__(self, seeds: Sequence[int], layer: int, rate: float, size: int) -> None:
        distinct = list(dict.fromkeys(seeds))
        self._rows = torch.tensor([distinct.index(seed) for seed in seeds])
        self._reader = Streams(distinct, f"dropout.{layer}").reader()
        self._drawn = np.empty((len(distinct), size), dtype=np.float32)
        self._least, self._factor = 2 * rate - 1, 1 / (1 - rate)
        self._size = size

    def at(self, step: int, count: int) -> Tensor:
        """Return the masks of a step, (members, count)."""
        drawn = self._drawn[:, :count]
        self._reader.symmetric_into(drawn, step * self._size)
        kept = torch.from_numpy(drawn).gt(self._least).float().mul_(self._factor)
        return kept.index_select(0, self._rows)


class Dropout(Part):
    """Dropout of a stack of networks."""

    def __init__(self, masks: Masks, members: int, width: int) -> None:
        self._masks = masks
        self._outputs = Memory(members, width)

    def forward(self, x: Tensor, step: int | None) -> Tensor:
        if step is None:
            return x
        self._mask = self._masks.at(step, x[0].numel()).view_as(x)
        return torch.mul(x, self._mask, out=self._outputs.of(x.shape[1]))

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient.mul_(self._mask)


class SeededDropout(nn.Module):
    """The same for one network, as a module; each pass of training is one step.

    Args:
        layer: number of the hidden layer.
        rate: share of the outputs that is dropped.
        width: number of the outputs.
    """

    def __init__(self, layer: int, rate: float, width: int) -> None:
        super().__init__()
        self.layer, self.rate, self.width = layer, rate, width

    def start(self, seed: int, batch_size: int) -> None:
        """Prepare for a training from its first step."""
        self._masks = Masks([seed], self.layer, self.rate, batch_size * self.width)
        self._step = 0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        mask = self._masks.at(self._step, x.numel()).view_as(x)
        self._step += 1
        return x * mask
