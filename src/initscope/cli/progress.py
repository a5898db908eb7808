"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


class Progress:
    """Called with the number of finished and of all parts; shows them while it is open."""

    def __init__(self, what: str) -> None:
        console = Console(stderr=True)
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task(what, total=None)
        self.finished = 0
        self.total = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def __call__(self, finished: int, total: int) -> None:
        self.finished, self.total = finished, total
        self._bar.update(self._task, completed=finished, total=total)


@contextmanager
def stored(what: str, parts: str) -> Iterator[Progress]:
    """Show progress of parts that are stored as they finish; when interrupted count them, exit."""
    with Progress(what) as progress:
        try:
            yield progress
        except KeyboardInterrupt:
            done = f"{progress.finished} of {progress.total} {parts} are stored"
            click.echo(f"initscope: interrupted: {done}; the same command continues", err=True)
            sys.exit(130)
