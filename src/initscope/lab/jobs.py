"""The jobs of a page's process: for each request the module whose ``run`` does it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from initscope.lab.link import Link

Job = Callable[[Any, Link], None]

_MODULES = {
    "byhand": "initscope.lab.paper",
    "catalogue": "initscope.lab.catalogue",
    "claims": "initscope.lab.ledger",
    "map": "initscope.lab.plane",
    "models": "initscope.lab.models",
    "race": "initscope.lab.race",
    "signal": "initscope.lab.signal",
}


def job(name: str) -> Job:
    """Return what answers a request."""
    return cast("Job", importlib.import_module(_MODULES[name]).run)
