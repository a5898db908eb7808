"""The machine that a report was made on."""

from __future__ import annotations

import platform
import re
from pathlib import Path

from initscope.engines import cpu_count

_CPUS = Path("/proc/cpuinfo")


def machine() -> str:
    """Say which processor this is, and how many cores and threads training has of it."""
    count = cpu_count()
    cores = "1 core" if count == 1 else f"{count} cores"
    return f"{_processor()}, {cores}, one thread a network"


def _processor() -> str:
    """Name the processor as Linux does, elsewhere as Python knows it."""
    if _CPUS.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", _CPUS.read_text(), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()
