"""The order in which examples are met: a function of seed and epoch alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from initscope.streams import Stream

_SECTION = 16
"""Epochs that are drawn together: starting a stream costs more than drawing from it."""


def epoch_orders(seeds: Sequence[int], epochs: int, examples: int) -> Iterator[Tensor]:
    """Yield the order of the examples in each epoch, a row for each seed: (len(seeds), examples).

    Networks of the same seed meet the same batches, whatever their initializer.
    """
    for section, start in enumerate(range(0, epochs, _SECTION)):
        count = min(_SECTION, epochs - start)
        drawn = {
            seed: Stream(seed, "data.order", section).permutations(count, examples)
            for seed in dict.fromkeys(seeds)
        }
        for epoch in range(count):
            yield torch.from_numpy(np.stack([drawn[seed][epoch] for seed in seeds]))
