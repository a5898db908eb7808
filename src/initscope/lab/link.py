"""What a running job sees of the page that asked for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from initscope.lab.messages import Answer
from initscope.report.plain import finite

_LOOK = 0.02  # seconds after which a job that pauses looks again whether it goes on


class DroppedError(BaseException):
    """The page has asked for something newer, or cancelled: the job ends here.

    It is no Exception, as KeyboardInterrupt is none: who mends whatever fails does not mend this.
    """


@dataclass(slots=True)
class Link:
    """The way back to the page, for one request.

    Nothing here takes a lock: an interrupt may call :meth:`proceed` in the midst of itself.

    Attributes:
        id: of the request.
        storage: database URL of the results store.
        send: takes an answer.
        publish: takes a document, which the server then serves by an address of its own.
        interrupts: whether the job may pause or end at any place, not only where it calls
            :meth:`proceed`; for jobs that leave nothing half done.
        dropped: whether the job is to end.
    """

    id: int
    storage: str
    send: Callable[[Answer], None]
    publish: Callable[[int, str], None] = lambda _id, _html: None
    interrupts: bool = False
    dropped: bool = False
    _paused: bool = False
    _waits: bool = False

    def part(self, name: str, data: Any) -> None:
        """Send a part of the answer; null stands for a number that is not finite."""
        self.send(Answer(self.id, "part", {"name": name, "data": finite(data)}))

    def report(self, html: str) -> None:
        """Have a document served; the page gets its address as the part "report"."""
        self.publish(self.id, html)

    def proceed(self) -> None:
        """Return at once, or after a pause; long jobs call it between portions of their work.

        Raises:
            DroppedError: nobody waits for the answer any more.
        """
        if self._waits:  # an interrupt of the waiting below, which looks itself
            return
        self._waits = True
        while self._paused and not self.dropped:
            time.sleep(_LOOK)
        self._waits = False
        if self.dropped:
            raise DroppedError

    def pause(self) -> None:
        """Let the job wait at its next :meth:`proceed`."""
        self._paused = True

    def resume(self) -> None:
        """Let it go on."""
        self._paused = False

    def cancel(self) -> None:
        """Let it end at its next :meth:`proceed`."""
        self.dropped = True
