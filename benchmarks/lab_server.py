"""A lab of its own for a benchmark, and a browser to use it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright


@dataclass(frozen=True, slots=True)
class Running:
    """A lab that serves.

    Attributes:
        url: its address.
        pid: of the server's process.
        first_answer: seconds from its start to its first page.
    """

    url: str
    pid: int
    first_answer: float


@contextmanager
def lab() -> Iterator[Running]:
    """Start a lab on a free port, and end it."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "initscope", "lab", "--port", "0", "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    url = server.stdout.readline().split()[-1] if server.stdout else ""
    with urllib.request.urlopen(url) as page:  # noqa: S310 - our own server
        page.read()
    try:
        yield Running(url, server.pid, time.perf_counter() - start)
    finally:
        server.terminate()
        server.wait()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
