"""From a key on a slider to the new picture, in a real browser: 30 layers of 256 units.

    .venv/bin/pip install -e '.[dev]' -c constraints.txt
    .venv/bin/python benchmarks/lab_latency.py

Every press of the arrow key changes the bias std by 0.01. The time runs from the slider's event to
the frame after the picture is in the page; the next key follows when the picture stands.
"""

from __future__ import annotations

import statistics
import time

from lab_server import chromium, lab
from playwright.sync_api import Page

CHANGES = 50

WATCH = """() => {
  window.times = [];
  let start = 0;
  document.addEventListener("input", () => { start = performance.now(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    window.times.push(performance.now() - start);
  }))).observe(document.documentElement, { attributeFilter: ["data-drawn"] });
}"""


def latencies(page: Page) -> list[float]:
    """Return the milliseconds of every change."""
    page.get_by_label("Bias std", exact=True).focus()
    page.evaluate(WATCH)
    for count in range(1, CHANGES + 1):
        page.keyboard.press("ArrowRight")
        while page.evaluate("window.times.length") < count:
            time.sleep(0.25)  # seldom: asking takes the page from its work
    found: list[float] = page.evaluate("window.times")
    return found


def main() -> None:
    """Print the figures."""
    with lab() as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        start = time.perf_counter()
        page.goto(f"{server.url}#signal?depth=30&width=256")
        page.wait_for_selector("html[data-drawn]", state="attached", timeout=60_000)
        picture = server.first_answer + time.perf_counter() - start
        print(f"first page after {server.first_answer:.2f} s, first picture after {picture:.2f} s")
        found = sorted(latencies(page))
    median, late = statistics.median(found), found[round(0.95 * len(found)) - 1]
    print(f"{len(found)} changes: median {median:.0f} ms, 95th percentile {late:.0f} ms")


if __name__ == "__main__":
    main()
