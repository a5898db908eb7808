"""initscope: the laboratory and the linter for neural-network weight initialization.

Everything heavy is loaded when it is first used, so that ``import initscope`` is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from initscope.errors import InitscopeError, InputError, MissingExtraError, StorageError

if TYPE_CHECKING:
    from initscope.checking import CheckReport, check
    from initscope.classroom import ByHand, Draw, byhand, draw
    from initscope.comparison import Comparison, Sweep, compare
    from initscope.initializers import Fans, Initializer, get
    from initscope.planning import Audit, Plan, init_, plan
    from initscope.report.charts import charts
    from initscope.report.html import write_report
    from initscope.theory.gain import gain
    from initscope.topics import Topic, explain
    from initscope.training import (
        MLP,
        SGD,
        Adagrad,
        Adam,
        AdamW,
        BuiltIn,
        Custom,
        Data,
        RMSprop,
        Training,
    )

__version__ = "0.1.0"

__all__ = [
    "MLP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Audit",
    "BuiltIn",
    "ByHand",
    "CheckReport",
    "Comparison",
    "Custom",
    "Data",
    "Draw",
    "Fans",
    "Initializer",
    "InitscopeError",
    "InputError",
    "MissingExtraError",
    "Plan",
    "RMSprop",
    "StorageError",
    "Sweep",
    "Topic",
    "Training",
    "__version__",
    "byhand",
    "charts",
    "check",
    "compare",
    "draw",
    "explain",
    "gain",
    "get",
    "init_",
    "plan",
    "write_report",
]

_HOME = {
    "Adagrad": "initscope.training",
    "Adam": "initscope.training",
    "AdamW": "initscope.training",
    "Audit": "initscope.planning",
    "ByHand": "initscope.classroom",
    "byhand": "initscope.classroom",
    "BuiltIn": "initscope.training",
    "charts": "initscope.report.charts",
    "check": "initscope.checking",
    "CheckReport": "initscope.checking",
    "compare": "initscope.comparison",
    "Comparison": "initscope.comparison",
    "Custom": "initscope.training",
    "Data": "initscope.training",
    "Draw": "initscope.classroom",
    "draw": "initscope.classroom",
    "explain": "initscope.topics",
    "Fans": "initscope.initializers",
    "gain": "initscope.theory.gain",
    "get": "initscope.initializers",
    "init_": "initscope.planning",
    "Initializer": "initscope.initializers",
    "MLP": "initscope.training",
    "Plan": "initscope.planning",
    "plan": "initscope.planning",
    "RMSprop": "initscope.training",
    "SGD": "initscope.training",
    "Sweep": "initscope.comparison",
    "Topic": "initscope.topics",
    "Training": "initscope.training",
    "write_report": "initscope.report.html",
}

_ROOMS = ("claims", "rules", "testing", "theory")
"""Packages that are used by their own name, as in ``initscope.theory.MeanField``."""


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"initscope.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'initscope' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS])
