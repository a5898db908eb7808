"""A page's own process: what interrupts it, and when."""

from __future__ import annotations

import json
import signal
import threading
import time

import pytest

from initscope.lab import worker

LATER = 10.0  # seconds after which a job that nobody interrupts ends by itself


class Slow:
    """A connection that takes its time over every message, as on a busy machine."""

    def __init__(self, *messages: dict[str, object]) -> None:
        self._messages = [json.dumps(each).encode() for each in messages]
        self.begun = threading.Event()
        self.sent: list[str] = []

    def recv_bytes(self) -> bytes:
        """Give the first message, the others once the job has begun, and then nothing for ever."""
        if not self._messages:
            threading.Event().wait()
        if not self._messages[0].startswith(b'{"id": 1,'):
            self.begun.wait()
        return self._messages.pop(0)

    def send_bytes(self, message: bytes) -> None:
        """Take a third of a second."""
        time.sleep(0.3)
        self.sent.append(message[1:].decode())

    def answers(self) -> dict[int, str]:
        """What was sent: by the number of the request the kind of its answer."""
        found = map(json.loads, self.sent)
        return {each["id"]: each["kind"] for each in found if each["kind"] != "part"}


@pytest.fixture
def _handler():
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("talking", [False, True])
@pytest.mark.usefixtures("_handler")
def test_a_job_is_cancelled_while_messages_are_on_their_way(monkeypatch, until, talking):
    """Neither the answer to the cancelling nor a part of the job's own makes it deaf."""
    cancel = {"of": 1, "action": "cancel"}
    line = Slow(
        {"id": 1, "job": "catalogue", "params": {}},
        {"id": 2, "job": "control", "params": cancel},
    )

    def job(_request, link):
        link.interrupts = True
        line.begun.set()
        end = time.monotonic() + LATER
        while time.monotonic() < end:
            if talking:
                link.part("word", {})
            time.sleep(0.001)

    monkeypatch.setattr(worker, "job", lambda _name: job)
    desk = worker.Desk(line, "sqlite://")
    threading.Thread(target=desk.listen, daemon=True).start()
    begun = time.monotonic()
    desk.answer()
    assert time.monotonic() - begun < LATER / 2
    until(lambda: len(line.answers()) == 2)
    assert line.answers() == {1: "dropped", 2: "done"}
    assert all(json.loads(each)["kind"] in {"part", "dropped", "done"} for each in line.sent)
