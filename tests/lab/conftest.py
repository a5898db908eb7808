"""A lab that serves, in a process of its own, and pages whose troubles are collected."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from websockets.sync.client import ClientConnection, connect

PATIENCE = 120.0
"""Seconds that a test waits for what takes one: they cost nothing where all is well, and on a busy
machine a process takes a minute to load."""

expect.set_options(timeout=1000 * PATIENCE)


@dataclass
class Server:
    """A lab in a process of its own."""

    url: str
    process: subprocess.Popen[str]
    storage: str

    @property
    def host(self) -> str:
        """Host and port, as a header gives them."""
        return self.url.removeprefix("http://").rstrip("/")

    def socket(self, **options) -> ClientConnection:
        """Connect as a page of the lab does."""
        origin = self.url.rstrip("/")
        return connect(f"ws://{self.host}/socket", **{"origin": origin, **options})

    def ask(self, socket: ClientConnection, **message: object) -> list[dict[str, Any]]:
        """Send a message and return its answers, up to the last."""
        socket.send(json.dumps(message))
        answers: list[dict[str, Any]] = []
        while not answers or answers[-1]["kind"] == "part":
            answers.append(self.hear(socket))
        return answers

    def hear(self, socket: ClientConnection) -> dict[str, Any]:
        """Return the next answer."""
        return json.loads(socket.recv(timeout=PATIENCE))

    def ends(self, socket: ClientConnection, count: int) -> dict[int, str]:
        """Hear the last answers to some messages: the kind of each, by the message's id."""
        found: dict[int, str] = {}
        while len(found) < count:
            answer = self.hear(socket)
            if answer["kind"] != "part":
                assert answer["id"] not in found
                found[answer["id"]] = answer["kind"]
        return found

    def workers(self) -> set[int]:
        """Processes of pages: children of the process that they are forked from."""
        return {pid for child in children(self.process.pid) for pid in children(child)}

    def end(self, number: int = signal.SIGTERM) -> str:
        """End it by a signal, and return what it wrote to standard error."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=PATIENCE)[1]


def children(pid: int) -> set[int]:
    """Return the processes whose parent a process is."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        if int(text.rpartition(")")[2].split()[1]) == pid:
            found.add(int(stat.parent.name))
    return found


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def start(folder: Path, port: int = 0) -> Server:
    """Start a lab on a port; 0 takes a free one."""
    storage = f"sqlite:///{folder}/lab.db"
    command = [sys.executable, "-m", "initscope", "lab", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--storage", storage],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("initscope lab: http://127.0.0.1:"), line
    return Server(line.split()[-1], process, storage)


@pytest.fixture(scope="session")
def lab(tmp_path_factory) -> Iterator[Server]:
    """One lab for all tests that do not end it."""
    server = start(tmp_path_factory.mktemp("lab"))
    yield server
    assert server.end() == ""


@pytest.fixture
def start_lab(tmp_path) -> Iterator[Callable[..., Server]]:
    """Start further labs, which end with the test."""
    started: list[Server] = []

    def starting(port: int = 0) -> Server:
        started.append(start(tmp_path, port))
        return started[-1]

    yield starting
    for server in started:
        if server.process.poll() is None:
            server.end()


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Wait for a condition."""
    return wait_until


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Page]:
    """A page in another browser, which shares nothing with the first."""
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


@dataclass
class Visitor:
    """Somebody who uses a page, and all that went wrong there unseen."""

    page: Page
    lab: Server
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", self._watch)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self.lab.url, "data:", f"blob:{self.lab.url}")):
            self.troubles.append(request.url)

    def go(self, address: str = "") -> Page:
        """Open a view, and wait for its picture."""
        self.page.goto("about:blank")
        self.page.goto(self.lab.url + address)
        self.drawn()
        return self.page

    def drawn(self) -> None:
        """Wait for the first picture."""
        self.page.wait_for_selector("html[data-drawn]", state="attached")

    def after(self, action: Callable[[], object]) -> None:
        """Do something, and wait for the picture that follows."""
        drawing = self.page.locator("html")
        before = drawing.get_attribute("data-drawn")
        action()
        wait_until(lambda: drawing.get_attribute("data-drawn") not in (before, None))

    @property
    def values(self) -> dict[str, str]:
        """What the address holds."""
        return dict(parse_qsl(unquote(self.page.url).partition("?")[2]))


@pytest.fixture
def visitor(page: Page, lab: Server) -> Iterator[Visitor]:
    """Somebody who has seen the tour."""
    # The blank page between two addresses has no storage.
    page.add_init_script("try { localStorage.setItem('initscope-tour-seen', 'yes') } catch {}")
    visitor = Visitor(page, lab)
    yield visitor
    assert visitor.troubles == []
