"""The memory of this process, as Linux counts it: what is resident, and the most that was.

``getrusage`` will not do: its peak outlives ``exec``, so that a child starts with its parent's.
"""

from __future__ import annotations

from pathlib import Path

_PROCESS = Path("/proc/self")


def now() -> int:
    """Return the resident set, in KiB."""
    return _status("VmRSS")


def peak() -> int:
    """Return the largest resident set since the start or the latest `forget_peak`, in KiB."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Set the peak back to what is resident now."""
    (_PROCESS / "clear_refs").write_text("5", encoding="ascii")


def _status(name: str) -> int:
    lines = (_PROCESS / "status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
