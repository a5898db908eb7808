"""initscope: what `initscope.compare` reports as its throughput."""

from __future__ import annotations

import sys

import initscope

WORKERS = {"one": 1, "pool": None}


def main(kind: str) -> float:
    """Return networks a second, from the second run in warm processes."""
    from initscope.engines import cpu_count

    workers = WORKERS[kind] or cpu_count()
    seeds = 400 if kind == "one" else 2000
    for _ in range(2):
        result = initscope.compare("iris", ["he_uniform"], seeds=seeds, workers=workers)
    return result.throughput.networks / result.throughput.seconds


if __name__ == "__main__":
    print(main(sys.argv[1]))
