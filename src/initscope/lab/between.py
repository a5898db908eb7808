"""Between two operations of torch a job may end, with everything as it is after an error there."""

from __future__ import annotations

import time
from typing import Any

from torch.overrides import TorchFunctionMode

from initscope.lab.link import Link

LIVE = 0.5
"""Seconds of the processor that a job has in any case: what is faster than that is drawn while a
slider moves, though each of its positions takes the place of the one before."""


class Between(TorchFunctionMode):
    """Ends a job at its next call of torch once its page wants something newer.

    It ends it once: what cleans up may call torch.
    """

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._end = time.thread_time() + LIVE
        self._over = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self._link.dropped and not self._over and time.thread_time() > self._end:
            self._over = True
            self._link.proceed()
        return func(*args, **(kwargs or {}))
