"""Where work runs: in this process, or in a pool of spawned ones.

An engine maps a function over jobs and yields what it returns, in any order. What was yielded is
not lost when the consumer stops early or is interrupted.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class Engine(Protocol):
    """Something that runs jobs."""

    def map(self, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Call the function once for every job."""


class InProcess:
    """Runs jobs one after another in this process."""

    def map(self, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        return map(function, jobs)


class Pool:
    """Runs jobs in spawned processes.

    Workers are fresh interpreters that do not import the caller's script, so that it needs no
    ``__main__`` guard. They stay warm between calls. They ignore Ctrl-C, which is the parent's to
    handle, and end within a second of their parent, even after ``kill -9``. Functions and jobs
    travel by pickle between our own processes.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def map(self, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        from concurrent.futures import FIRST_COMPLETED, Future, wait

        from loky import get_reusable_executor

        executor = get_reusable_executor(
            self._workers, initializer=_start_worker, initargs=(os.getpid(),)
        )
        waiting = iter(jobs)
        running: set[Future[Result]] = set()
        complete = False
        try:
            while True:
                # The queue is short, so that jobs may be generated as they are needed and an
                # interruption has little to cancel.
                for job in waiting:
                    running.add(executor.submit(function, job))
                    if len(running) >= 2 * self._workers:
                        break
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
            complete = True
        finally:
            if not complete:
                executor.shutdown(wait=False, kill_workers=True)


def cpu_count() -> int:
    """Return the number of cores that this process may use, containers' limits included."""
    from loky import cpu_count as count

    return int(count())


def _start_worker(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(0.5)
    os._exit(1)
