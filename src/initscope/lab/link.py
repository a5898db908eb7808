"""What a running job sees of the page that asked for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from initscope.lab.messages import Answer
from initscope.report.plain import finite


class DroppedError(BaseException):
    """The page has asked for something newer, or cancelled: the job ends here.

    It is no Exception, as KeyboardInterrupt is none: who mends whatever fails does not mend this.
    """


@dataclass(slots=True)
class Link:
    """The way back to the page, for one request.

    Attributes:
        id: of the request.
        storage: database URL of the results store.
        send: takes an answer.
        publish: takes a document, which the server then serves by an address of its own.
        interrupts: whether the job may pause or end at any place, not only where it calls
            :meth:`proceed`; for jobs that leave nothing half done.
    """

    id: int
    storage: str
    send: Callable[[Answer], None]
    publish: Callable[[int, str], None] = lambda _id, _html: None
    interrupts: bool = False
    _goes_on: threading.Event = field(default_factory=threading.Event)
    _dropped: bool = False

    def __post_init__(self) -> None:
        self._goes_on.set()

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
        self._goes_on.wait()
        if self._dropped:
            raise DroppedError

    def pause(self) -> None:
        """Let the job wait at its next :meth:`proceed`."""
        self._goes_on.clear()

    def resume(self) -> None:
        """Let it go on."""
        self._goes_on.set()

    def cancel(self) -> None:
        """Let it end at its next :meth:`proceed`."""
        self._dropped = True
        self._goes_on.set()
