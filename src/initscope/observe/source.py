"""The line of the user's code that is running."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from types import FrameType

import torch

from initscope.observe.operation import Line

_OURS = tuple(f"{folder}/" for folder in (Path(torch.__file__).parent, Path(__file__).parents[1]))


def caller() -> Line | None:
    """Return the innermost line outside of torch and of this package."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to look at frames one by one
    while frame is not None:
        if not _is_ours(frame.f_code.co_filename):
            return Line(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return None


@cache
def _is_ours(file: str) -> bool:
    return file.startswith((*_OURS, "<"))
