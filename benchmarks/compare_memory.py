"""Peak memory of `compare`, beside what a chunk of networks is said to hold.

    .venv/bin/python benchmarks/compare_memory.py

Each network trains in a process of its own: many copies for one epoch on digits, in one process
without a pool. Its peak resident memory is counted above that of a run with one tiny perceptron,
which has everything loaded.
"""

from __future__ import annotations

import subprocess
import sys

import resident

from initscope import compare
from initscope.training import Training

TINY = "mlp:depth=1,width=2"
NETWORKS = (
    "mlp:depth=2,width=64",
    "mlp:depth=30,width=64,norm=batch,residual=true",
    "mlp:depth=4,width=1024",
    "convnet:depth=4,channels=8",
    "convnet:depth=6,channels=32,norm=batch",
    "rnn:cell=lstm,hidden=64",
    "transformer:depth=2,width=64",
)
SEEDS = 64


def train(network: str, seeds: int) -> None:
    """Train, and print peak memory and what the route says of a chunk, in bytes."""
    result = compare(
        "digits",
        ["he_normal"],
        seeds=seeds,
        network=network,
        training=Training(epochs=1),
        workers=1,
    )
    route = result.route
    print(resident.peak() * 1024, route.together * route.state_bytes, route.path, route.together)


def measured(network: str, seeds: int) -> list[str]:
    """Run `train` in a process of its own; return what it printed, in words."""
    command = [sys.executable, __file__, network, str(seeds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.split()


def main() -> None:
    """Measure each network, one after another."""
    floor = int(measured(TINY, 1)[0])
    print(f"with everything loaded: {floor / 2**20:.0f} MiB\n")
    print("| network | path | in a chunk | state of a chunk | peak above that |")
    print("|---|---|---|---|---|")
    for network in NETWORKS:
        peak, state, path, together = measured(network, SEEDS)
        above = (int(peak) - floor) / 2**20
        state_mib = int(state) / 2**20
        print(f"| `{network}` | {path} | {together} | {state_mib:.1f} MiB | {above:.0f} MiB |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(sys.argv[1], int(sys.argv[2]))
    else:
        main()
