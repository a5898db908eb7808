"""Each path of each kind of network against the plain PyTorch loop, in one run on one core.

    .venv/bin/python benchmarks/compare_networks.py

A chunk of networks on digits, as an image or as a sequence of its rows: trained together by vmap
and by the loop that shares an optimizer's step, and one after another by the plain loop of
``training/plain.py``. The three take turns; the best of three counts, in time of the processor,
since one thread computes. The path that `compare` chooses is bold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from initscope import Data, Training
from initscope.training import Initialization, Member, Split, general, network_named, plain
from initscope.training.routes import Route, route

PLAIN, ROUNDS, EXAMPLES = 2, 3, 192

NETWORKS = (
    "convnet:depth=2,channels=4",
    "convnet:depth=4,channels=8",
    "convnet:depth=4,channels=8,norm=batch,residual=true",
    "convnet:depth=4,channels=16",
    "convnet:depth=6,channels=32",
    "rnn:cell=rnn,hidden=32",
    "rnn:cell=gru,hidden=32",
    "rnn:cell=gru,hidden=64",
    "rnn:cell=lstm,hidden=16",
    "rnn:cell=lstm,hidden=32",
    "rnn:cell=lstm,hidden=64",
    "transformer:depth=2,width=16",
    "transformer:depth=2,width=32",
    "transformer:depth=2,width=64",
)


def main() -> None:
    """Time every network and print the table."""
    torch.set_num_threads(1)
    whole = Data("digits", scale="standard").load()
    split = replace(whole, x_train=whole.x_train[:EXAMPLES], y_train=whole.y_train[:EXAMPLES])
    print("| network | state of one, MiB | together | vmap, of the loop | loop, of the loop |")
    print("|---|---|---|---|---|")
    for text in NETWORKS:
        line(text, split)


def line(text: str, split: Split) -> None:
    """Time one network and print its line."""
    network, training = network_named(text), Training(epochs=1)
    found = route(split, network, training)
    members = [Member(Initialization.parse("own"), seed) for seed in range(found.together)]

    def together(kind: general.Kind) -> Callable[[], object]:
        return lambda: general.train(split, network, training, members, kind)

    times = best([together("vmap"), together("loop"), lambda: loop(text, split, members[:PLAIN])])
    count = len(members)
    plain_rate = min(PLAIN, count) / times[2]
    ratios = [count / times[0] / plain_rate, count / times[1] / plain_rate]
    shown = [mark(found, kind, ratio) for kind, ratio in zip(("vmap", "loop"), ratios, strict=True)]
    print(f"| {text} | {found.state_bytes / 2**20:.2f} | {count} | {shown[0]} | {shown[1]} |")


def mark(found: Route, kind: str, ratio: float) -> str:
    """Show a ratio, bold where `compare` takes this path."""
    return f"**{ratio:.1f}**" if found.path == kind else f"{ratio:.1f}"


def loop(text: str, split: Split, members: Sequence[Member]) -> None:
    """Train networks one after another."""
    for member in members:
        plain.train(split, network_named(text), Training(epochs=1), member)


def best(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Return the best time of each call, the calls taking turns."""
    times = [float("inf")] * len(calls)
    for _ in range(ROUNDS + 1):  # the first warms up
        for index, call in enumerate(calls):
            start = time.process_time()
            call()
            times[index] = min(times[index], time.process_time() - start)
    return times


if __name__ == "__main__":
    main()
