"""Weights drawn a second, all in one run on the same cores: initscope and torch.nn.init.

    .venv/bin/python benchmarks/initializers.py

Each program fills an existing float32 tensor on all cores; they take turns and the best time of
each counts. The parts that a normal value is made from are timed alone, on the same cores and in
blocks that stay in the cache: what is left of their sum is the share of the program's own work.
Prints tables and writes ``results/initializers.json``.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch

from initscope import Fans, get
from initscope.streams import Stream

SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 50_000_000)
SIDES = (512, 1024, 2048, 4096)
SECONDS, ROUNDS = 5, 3  # of each comparison, at least
BLOCK = 1 << 15
STREAM = Stream(0, "weight")
PEERS: dict[str, tuple[str, Callable[[torch.Tensor], object]]] = {
    "normal": ("normal(1)", torch.nn.init.normal_),
    "truncated normal": ("truncated_normal(0.88)", torch.nn.init.trunc_normal_),
    "uniform": ("uniform(-1, 1)", lambda tensor: torch.nn.init.uniform_(tensor, -1, 1)),
}
Rows = list[dict[str, object]]


def main() -> None:
    """Measure, print the tables and write the results."""
    torch.set_num_threads(os.cpu_count() or 1)
    laws = [row for name in PEERS for row in rates(name)]
    table(("law", "values", "initscope", "torch", "ratio"), laws)
    orthogonal = [decomposition(side) for side in SIDES]
    table(("law", "values", "initscope", "torch", "ratio"), orthogonal)
    limit = limits()
    for name, rate in limit.items():
        print(f"{name}: {rate:.0f} million values a second")
    found = {"rates": laws, "orthogonal": orthogonal, "limits": limit, "torch": torch.__version__}
    path = Path(__file__).parent / "results" / "initializers.json"
    path.write_text(json.dumps(found, indent=2) + "\n")


def rates(name: str) -> Rows:
    """Measure millions of values a second of one law, at every size."""
    text, peer = PEERS[name]
    initializer = get(text)
    rows: Rows = []
    for size in SIZES:
        tensor = torch.zeros(size)
        ours, theirs = best(
            lambda tensor=tensor: initializer.fill_(tensor, None, STREAM),  # type: ignore[misc]
            lambda tensor=tensor: peer(tensor),  # type: ignore[misc]
        )
        rows.append(_row(name, size, size / ours / 1e6, size / theirs / 1e6, theirs / ours))
    return rows


def decomposition(side: int) -> dict[str, object]:
    """Measure milliseconds of one orthogonal matrix."""
    tensor, orthogonal = torch.zeros(side, side), get("orthogonal")
    ours, theirs = best(
        lambda: orthogonal.fill_(tensor, Fans(side, side), STREAM),
        lambda: torch.nn.init.orthogonal_(tensor),
    )
    return _row("orthogonal, ms", f"{side} x {side}", ours * 1e3, theirs * 1e3, theirs / ours)


def limits() -> dict[str, float]:
    """Measure what each part of a normal value allows on all cores, and their sum."""
    threads = torch.get_num_threads()
    rate = {
        "Philox bits": together(threads, philox),
        "to floating point": together(threads, conversion),
        "erfinv": together(threads, erfinv),
    }
    rate["all three, one after the other"] = 1 / sum(1 / each for each in rate.values())
    tensor = torch.zeros(SIZES[-1])
    (seconds,) = best(lambda: tensor.fill_(1.0))
    rate["writing to memory"] = tensor.numel() / seconds / 1e6
    return rate


def together(threads: int, make: Callable[[], Callable[[], object]]) -> float:
    """Measure a step on `BLOCK` values, on every core at once, in millions a second."""
    repeats = 300

    def work() -> None:
        torch.set_num_threads(1)  # of this thread: erfinv would start more
        step = make()
        for _ in range(repeats):
            step()

    with ThreadPoolExecutor(threads) as pool:
        (seconds,) = best(lambda: [f.result() for f in [pool.submit(work) for _ in range(threads)]])
    return threads * repeats * BLOCK / seconds / 1e6


def philox() -> Callable[[], object]:
    """Draw raw bits."""
    generator = np.random.Philox(key=0)
    return lambda: generator.random_raw(BLOCK // 2)


def conversion() -> Callable[[], object]:
    """Shift, convert, scale and centre, as in `initscope.streams`."""
    bits = np.random.Philox(key=0).random_raw(BLOCK // 2).view(np.uint32)
    out = np.empty(BLOCK, np.float32)

    def step() -> None:
        np.right_shift(bits, np.uint32(8), out=bits)
        out[...] = bits.view(np.int32)
        np.multiply(out, np.float32(2**-23), out=out)
        np.add(out, np.float32(2**-24 - 1), out=out)

    return step


def erfinv() -> Callable[[], object]:
    """Take the quantile."""
    values = torch.from_numpy(STREAM.symmetric(BLOCK))
    out = torch.empty_like(values)
    return lambda: torch.erfinv(values, out=out)


def best(*programs: Callable[[], object]) -> list[float]:
    """Run the programs in turns for some seconds; return the shortest time of each in seconds."""
    for program in programs:
        program()
    times: list[list[float]] = []
    end = time.perf_counter() + SECONDS
    while len(times) < ROUNDS or time.perf_counter() < end:
        times.append([_seconds(program) for program in programs])
    return [min(column) for column in zip(*times, strict=True)]


def _seconds(program: Callable[[], object]) -> float:
    start = time.perf_counter()
    program()
    return time.perf_counter() - start


def _row(law: str, size: object, ours: float, theirs: float, ratio: float) -> dict[str, object]:
    return {"law": law, "values": size, "initscope": ours, "torch": theirs, "ratio": ratio}


def table(headings: tuple[str, ...], rows: Rows) -> None:
    """Print rows as Markdown."""
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    for row in rows:
        cells = [f"{v:.3g}" if isinstance(v, float) else str(v) for v in row.values()]
        print(f"| {' | '.join(cells)} |")
    print()


if __name__ == "__main__":
    main()
