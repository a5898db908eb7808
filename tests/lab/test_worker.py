"""A page's own process: what interrupts it, and when."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time

import pytest

from initscope.lab import worker

LATER = 60.0  # seconds after which a job that nobody interrupts ends by itself, and is "done"

ASK = {"id": 1, "job": "catalogue", "params": {}}
CANCEL = {"id": 2, "job": "control", "params": {"of": 1, "action": "cancel"}}


class Line:
    """A connection that takes its time over every message, as on a busy machine."""

    def __init__(self, *messages: dict[str, object], pace: float) -> None:
        self._messages = [json.dumps(each).encode() for each in messages]
        self._pace = pace
        self.begun = threading.Event()
        self.sent: list[dict[str, object]] = []

    def poll(self, timeout: float | None) -> bool:
        """Tell whether there is a message: the first, others once the job has begun, then none."""
        if self._messages and not self._messages[0].startswith(b'{"id": 1,'):
            self.begun.wait()
        if not self._messages:
            threading.Event().wait(timeout)
        return bool(self._messages)

    def recv_bytes(self) -> bytes:
        """Give the next message."""
        return self._messages.pop(0)

    def send_bytes(self, message: bytes) -> None:
        """Take what is sent."""
        time.sleep(self._pace)
        self.sent.append(json.loads(message[1:]))

    def answers(self) -> dict[int, str]:
        """What was sent: by the number of the request the kind of its answer."""
        return {each["id"]: each["kind"] for each in self.sent if each["kind"] != "part"}


@pytest.fixture
def work(monkeypatch):
    """Have a desk do a job that may be interrupted at any place, with what a line brings."""
    before = signal.getsignal(signal.SIGUSR1)
    monkeypatch.setattr(worker, "_AGAIN", 0.05)

    def working(line, job) -> None:
        def interrupted(_request, link):
            link.interrupts = True
            try:
                job(link)
            finally:
                link.interrupts = False

        monkeypatch.setattr(worker, "job", lambda _name: interrupted)
        desk = worker.Desk(line, "sqlite://")
        threading.Thread(target=desk.listen, daemon=True).start()
        desk.answer()

    yield working
    signal.signal(signal.SIGUSR1, before)


def forever(step=lambda: None) -> None:
    """Work until an interrupt comes."""
    end = time.monotonic() + LATER
    while time.monotonic() < end:
        step()
        time.sleep(0.001)


@pytest.mark.parametrize("talking", [False, True])
def test_a_job_is_cancelled_while_messages_are_on_their_way(work, until, talking):
    """Neither the answer to the cancelling nor a part of the job's own makes it deaf."""
    line = Line(ASK, CANCEL, pace=0.3)

    def job(link):
        line.begun.set()
        forever((lambda: link.part("word", {})) if talking else lambda: None)

    work(line, job)
    until(lambda: len(line.answers()) == 2)
    assert line.answers() == {1: "dropped", 2: "done"}


def test_a_job_is_cancelled_though_python_drops_the_first_interrupt(work, until, monkeypatch):
    """What is raised in a destructor goes nowhere; the job is interrupted again."""
    line, ignored = Line(ASK, CANCEL, pace=0), []
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)

    class Slow:
        def __del__(self) -> None:
            line.begun.set()
            forever()

    def job(_link):
        Slow()
        forever()

    work(line, job)
    until(lambda: len(line.answers()) == 2)
    assert line.answers() == {1: "dropped", 2: "done"}
    assert [each.exc_type for each in ignored] == [worker.DroppedError]


@pytest.mark.parametrize("fails", [False, True])
def test_a_job_that_ends_is_left_to_clean_up(work, until, fails):
    """No second interrupt comes in between, nor an error of the cleaning to the page."""
    line, steps = Line(ASK, CANCEL, pace=0), []

    def job(_link):
        try:
            line.begun.set()
            forever()
        finally:
            for step in range(10):
                time.sleep(0.05)
                steps.append(step)
            if fails:
                raise OSError("closed")

    work(line, job)
    until(lambda: len(line.answers()) == 2)
    assert line.answers() == {1: "dropped", 2: "done"}
    assert steps == list(range(10))


def test_an_interrupt_right_before_a_message_does_not_make_the_process_deaf(monkeypatch):
    """To block the signal may raise what an earlier one wants: afterwards none is blocked."""
    change = signal.pthread_sigmask

    def late(how, signals):
        before = change(how, signals)
        if how == signal.SIG_BLOCK and signals:
            raise worker.DroppedError
        return before

    monkeypatch.setattr(signal, "pthread_sigmask", late)
    with pytest.raises(worker.DroppedError), worker._whole():
        pass
    assert signal.SIGUSR1 not in change(signal.SIG_BLOCK, ())


def test_a_job_survives_a_storm_of_pausing_and_resuming(work, until):
    """An interrupt in the midst of waiting for the way on does not hold it up for ever."""
    control = [
        {"id": 3 + number, "job": "control", "params": {"of": 1, "action": action}}
        for number, action in enumerate(["pause", "resume"] * 500)
    ]
    line = Line(ASK, *control, CANCEL, pace=0)

    def job(link):
        line.begun.set()
        forever(link.proceed)

    work(line, job)
    until(lambda: len(line.answers()) == 1002)
    assert line.answers()[1] == "dropped"
