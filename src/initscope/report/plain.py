"""Results as plain data for JSON, which knows neither infinity nor NaN."""

from __future__ import annotations

import math
from typing import Any


def finite(value: Any) -> Any:
    """Return plain data with null for every number that is not finite.

    >>> finite({"q_star": float("inf"), "layers": (1.5, float("nan"))})
    {'q_star': None, 'layers': [1.5, None]}
    """
    if isinstance(value, dict):
        return {name: finite(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
