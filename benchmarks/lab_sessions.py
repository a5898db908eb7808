"""Twenty pages at once: how long each waits for its picture, and what their processes hold.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/lab_sessions.py

Every page changes a slider of 30 layers of 256 units every two seconds, as a class at play would.
Memory is the proportional set size of all processes of the lab: pages that processes share count
once. Linux only.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from pathlib import Path

from lab_server import Running, lab
from websockets.sync.client import connect
from websockets.typing import Origin

PAGES, CHANGES, EVERY = 20, 10, 2.0


def play(server: Running, waits: list[float]) -> None:
    """Open a page, and move its slider now and then."""
    host = server.url.removeprefix("http://").rstrip("/")
    origin = Origin(server.url.rstrip("/"))
    with connect(f"ws://{host}/socket", origin=origin, max_size=None) as page:
        for number in range(CHANGES + 1):
            start = time.perf_counter()
            params = {"depth": 30, "width": 256, "bias_std": number / 100}
            page.send(json.dumps({"id": number, "job": "signal", "params": params}))
            while json.loads(page.recv())["kind"] == "part":
                pass
            wait = time.perf_counter() - start
            if number:  # the first also starts the process
                waits.append(1000 * wait)
            time.sleep(max(0.0, EVERY - wait))


def memory(pid: int) -> float:
    """Return the mebibytes of a process and of those below it."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    own = float(text.partition("\nPss:")[2].split()[0]) / 1024
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return own + sum(memory(int(child)) for child in below)


def main() -> None:
    """Print the figures."""
    with lab() as server:
        waits: list[float] = []
        pages = [threading.Thread(target=play, args=(server, waits)) for _ in range(PAGES)]
        for page in pages:
            page.start()
        while len(waits) < PAGES * CHANGES / 2:
            time.sleep(0.1)
        held = memory(server.pid)
        for page in pages:
            page.join()
    found = sorted(waits)
    median, late = statistics.median(found), found[round(0.95 * len(found)) - 1]
    print(f"{PAGES} pages, a change every {EVERY:g} s each: median {median:.0f} ms, "
          f"95th percentile {late:.0f} ms")  # fmt: skip
    print(f"memory of the lab {held:.0f} MiB, {held / PAGES:.0f} MiB a page")


if __name__ == "__main__":
    main()
