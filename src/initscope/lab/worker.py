"""A page's own process: it answers requests one at a time, the newest first, until the page goes.

The process ends when its connection closes, whatever it is doing: also when the server is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from initscope.errors import InitscopeError, InputError
from initscope.lab import messages
from initscope.lab.jobs import job
from initscope.lab.link import DroppedError, Link
from initscope.lab.messages import LAST, Answer, Ask
from initscope.lab.requests import Control

END, PART, DOCUMENT = b"E", b"P", b"D"
"""First byte of what goes to the server: the last answer to a message, one before it, or a document
to serve, behind the id of the message and a line feed."""

_AGAIN = 0.5  # seconds between two interrupts


def main(connection: Connection, storage: str) -> None:
    """Answer what arrives, for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides, not the keyboard
    desk = Desk(connection, storage)
    threading.Thread(target=desk.listen, daemon=True).start()
    import torch

    torch.set_num_threads(1)
    while True:
        desk.answer()


class Desk:
    """Holds the newest request and the one that runs; older ones are dropped."""

    def __init__(self, connection: Connection, storage: str) -> None:
        self._connection, self._storage = connection, storage
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._next: tuple[Ask, Link] | None = None
        self._running: Link | None = None
        self._main = threading.get_ident()
        if hasattr(signal, "SIGUSR1"):
            signal.signal(signal.SIGUSR1, self._interrupted)

    def listen(self) -> None:
        """Take in messages until the connection ends, and the process with it."""
        try:
            while True:
                if self._connection.poll(self._patience()):
                    self._arrived(messages.read(self._connection.recv_bytes().decode()))
                else:
                    self._interrupt()
        except (EOFError, OSError):
            os._exit(0)

    def answer(self) -> None:
        """Wait for a request and answer it."""
        with self._changed:
            self._changed.wait_for(lambda: self._next is not None)
            assert self._next is not None  # noqa: S101 - what was waited for
            (ask, link), self._next = self._next, None
            self._running = link
        answer = _run(ask, link)
        with self._changed:
            self._running = None
        self._send(answer)

    def _patience(self) -> float | None:
        """Return after how long a job that goes on all the same is interrupted again.

        For what is raised in a destructor, or where a weak reference ends, Python drops.
        """
        with self._changed:
            return _AGAIN if self._running and self._running.dropped else None

    def _arrived(self, ask: Ask) -> None:
        if isinstance(ask.request, Control):
            self._control(ask.request)
            self._send(Answer(ask.id, "done"))
            return
        with self._changed:
            late, self._next = self._next, (ask, self._link(ask))
            if self._running:
                self._running.cancel()
            self._changed.notify()
        self._interrupt()
        if late:
            self._send(Answer(late[0].id, "dropped"))

    def _link(self, ask: Ask) -> Link:
        return Link(ask.id, self._storage, self._send, self._publish)

    def _control(self, asked: Control) -> None:
        for link in (self._running, self._next and self._next[1]):
            if link and link.id == asked.of:
                {"pause": link.pause, "resume": link.resume, "cancel": link.cancel}[asked.action]()
                self._interrupt()

    def _interrupt(self) -> None:
        """Have the main thread look up from its work, where the system can."""
        with self._changed:
            if self._running and hasattr(signal, "SIGUSR1"):
                signal.pthread_kill(self._main, signal.SIGUSR1)

    def _interrupted(self, *_signal: object) -> None:
        """Pause or end the job in the midst of its work, but not while it cleans up to end."""
        link = self._running
        if link and link.interrupts and not _is_ending():
            link.proceed()

    def _send(self, answer: Answer) -> None:
        self._write((END if answer.kind in LAST else PART) + answer.text().encode())

    def _publish(self, number: int, html: str) -> None:
        self._write(DOCUMENT + f"{number}\n{html}".encode())

    def _write(self, message: bytes) -> None:
        with _whole(), self._sending:
            self._connection.send_bytes(message)


@contextmanager
def _whole() -> Iterator[None]:
    """Let no interrupt come within a message; one that wants to comes right behind it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Which may itself raise what an interrupt just before it wants, with the signal blocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_ending() -> bool:
    """Whether the main thread is handling the end of its job, alone or with what came of it."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, DroppedError):
        error = error.__context__
    return error is not None


def _run(ask: Ask, link: Link) -> Answer:
    """Return the last answer."""
    try:
        job(ask.job)(ask.request, link)
    except DroppedError:
        return Answer(ask.id, "dropped")
    except Exception as error:  # noqa: BLE001 - whatever a job meets, the page gets an answer
        return Answer(ask.id, "dropped") if _is_ending() else _failure(ask.id, error)
    return Answer(ask.id, "done")


def _failure(number: int, error: Exception) -> Answer:
    """Return what the page reads of an error; one that nobody foresaw goes to the terminal too."""
    if isinstance(error, InitscopeError):
        return messages.refusal(number, error)
    traceback.print_exception(error, file=sys.stderr)
    words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return messages.refusal(number, InputError(f"this could not be computed: {words}"))
