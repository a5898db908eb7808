"""What a user waits for and what it takes: `initscope compare iris`, from command to table.

    .venv/bin/python benchmarks/compare_command.py

Prints the seconds of the whole command, start-up included, for 400 networks on a fresh store and
again from that store, and the peak memory of all its processes for 10,000 networks (the sum of
their proportional set sizes, sampled from /proc).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "initscope", "compare", "iris"]


def main() -> None:
    """Run the commands and print what they took."""
    with tempfile.TemporaryDirectory() as folder:
        times = [timed(folder, "--seeds", "100") for _ in range(4)]
    fresh, stored = times[0], min(times[1:])
    print(f"400 networks, fresh store: {fresh:.1f} s; again, from the store: {stored:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        seconds, peak = watched(folder, "--seeds", "2500", "--workers", "2")
    print(f"10,000 networks, two workers: {seconds:.1f} s, peak memory {peak / 2**30:.2f} GiB")


def timed(folder: str, *arguments: str) -> float:
    """Return the seconds that the command takes."""
    start = time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - start


def watched(folder: str, *arguments: str) -> tuple[float, int]:
    """Return the seconds, and the peak memory of the command and all its processes in bytes."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.DEVNULL, cwd=folder, start_new_session=True
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, session_memory(process.pid))
        threading.Event().wait(0.05)
    return time.perf_counter() - start, peak


def session_memory(session: int) -> int:
    """Return the summed proportional set size of a session's processes."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                lines = (entry / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # the process ended meanwhile
    return total * 1024


if __name__ == "__main__":
    main()
