"""The command as a user types it, run inside this process to spare the start of a new one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from initscope.cli.main import main


@dataclass(frozen=True)
class Done:
    """What the command returned and wrote."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def initscope(scratch: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> Run:
    """Run the command in an empty folder."""

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["initscope", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(ended.value.code, *capfd.readouterr())

    return run
