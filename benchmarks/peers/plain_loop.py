"""A plain PyTorch training loop, one network after the other."""

from __future__ import annotations

import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from initscope import Data


def train(fused: bool, seed: int) -> float:
    """Train one network, with its curves."""
    torch.manual_seed(seed)
    hidden = nn.Linear(4, 64), nn.Linear(64, 64)
    model = nn.Sequential(hidden[0], nn.ReLU(), hidden[1], nn.ReLU(), nn.Linear(64, 3))
    for layer in hidden:
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused)
    accuracy = 0.0
    for _ in range(10):
        total = 0.0
        for batch in torch.randperm(120).split(32):
            loss = cross_entropy(model(SPLIT.x_train[batch]), SPLIT.y_train[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        with torch.no_grad():
            logits = model(SPLIT.x_test)
            cross_entropy(logits, SPLIT.y_test).item()
            accuracy = (logits.argmax(1) == SPLIT.y_test).double().mean().item()
    return accuracy


def several(fused: bool, seeds: range) -> float:
    """Train networks one after the other, on one thread; return the seconds after the first."""
    torch.set_num_threads(1)
    train(fused, seeds[0])
    start = time.perf_counter()
    for seed in seeds[1:]:
        train(fused, seed)
    return time.perf_counter() - start


def main(kind: str) -> float:
    """Return networks a second."""
    if kind != "joblib":
        return 60 / several(kind == "fused", range(1, 62))
    from joblib import Parallel, cpu_count, delayed

    cores: int = cpu_count()
    pieces = [range(1 + 61 * core, 62 + 61 * core) for core in range(cores)]
    seconds: list[float] = Parallel(cores)(delayed(several)(True, piece) for piece in pieces)
    return 60 * cores / float(max(seconds))


SPLIT = Data("iris").load()

if __name__ == "__main__":
    print(main(sys.argv[1]))
