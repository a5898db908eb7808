"""One page: a process of its own, and what waits for it."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext

from initscope.lab import worker
from initscope.lab.messages import Answer, Ask

Deliver = Callable[[str], Awaitable[None]]

_MOST_IN_PROCESS = 2  # one that runs, one that takes its place


def context() -> BaseContext:
    """Return how processes are started: forked from one that has loaded torch, where that goes."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["initscope.lab.preload"])
    return found


def warm_up(how: BaseContext) -> None:
    """Let torch load in the background, so that the first page finds it there."""
    if how.get_start_method() == "forkserver":
        forkserver.ensure_running()


class Session:
    """A page's process, at most two requests in it, and the newest of all others.

    A request that waits is dropped when a newer one comes: a page cannot make a queue.
    """

    def __init__(
        self, how: BaseContext, storage: str, deliver: Deliver, publish: Callable[[bytes], str]
    ) -> None:
        self._ours, self._theirs = how.Pipe()
        self._process = how.Process(  # type: ignore[attr-defined]
            target=worker.main, args=(self._theirs, storage), daemon=True
        )
        self._deliver, self._publish = deliver, publish
        self._loop = asyncio.get_running_loop()
        self._inside = 0
        self._waiting: Ask | None = None
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Start the process, and wait for its end."""
        started = asyncio.Event()
        # The server may end while it starts: it waits for threads of a pool, but not for this one.
        threading.Thread(target=self._start, args=(started,), daemon=True).start()
        await started.wait()
        if self._process.pid is None:
            return
        self._theirs.close()
        threading.Thread(target=_pump, args=(self._ours, self._arrived), daemon=True).start()
        await self._ended.wait()

    def _start(self, started: asyncio.Event) -> None:
        try:
            self._process.start()
        finally:
            with suppress(RuntimeError):  # the server has ended
                self._loop.call_soon_threadsafe(started.set)

    async def ask(self, ask: Ask) -> None:
        """Take a request in, now or when there is room; the process may still be starting."""
        if self._inside < _MOST_IN_PROCESS:
            self._pass_on(ask)
            return
        late, self._waiting = self._waiting, ask
        if late:
            await self._deliver(Answer(late.id, "dropped").text())

    async def close(self) -> None:
        """End the process, whatever it does; one that is just being started finds nobody."""
        if self._process.pid is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.join)
        else:
            self._ours.close()

    def _pass_on(self, ask: Ask) -> None:
        self._inside += 1
        self._ours.send_bytes(ask.text().encode())

    def _arrived(self, message: bytes | None) -> None:
        """Take an answer from the thread that reads; it goes on when the page has taken it."""
        asyncio.run_coroutine_threadsafe(self._hand_over(message), self._loop).result()

    async def _hand_over(self, message: bytes | None) -> None:
        if message is None:
            self._ended.set()
            return
        if message[:1] == worker.DOCUMENT:
            number, _, html = message[1:].partition(b"\n")
            place = {"name": "report", "data": {"url": self._publish(html)}}
            await self._deliver(Answer(int(number), "part", place).text())
            return
        if message[:1] == worker.END:
            self._inside -= 1
            if self._waiting:
                ask, self._waiting = self._waiting, None
                self._pass_on(ask)
        await self._deliver(message[1:].decode())


def _pump(connection: Connection, take: Callable[[bytes | None], None]) -> None:
    """Read answers until the process ends or the page does not take them any more."""
    try:
        while True:
            take(connection.recv_bytes())
    except (EOFError, OSError):
        take(None)
    except Exception:  # noqa: BLE001, S110 - the page has gone, and with it whoever would want to know
        pass
    finally:
        connection.close()
