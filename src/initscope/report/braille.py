"""Curves in text: two by four dots a character."""

from __future__ import annotations

import math
from collections.abc import Sequence

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


def curve(values: Sequence[float | None], width: int, height: int, span: float = 0.0) -> list[str]:
    r"""Draw values as a curve, from the left to the right, a line of text for each row.

    Args:
        values: None leaves a gap.
        width: characters.
        height: lines.
        span: the least range that the height stands for, so that noise stays flat.

    >>> print("\n".join(curve([4, 3, 2, 1], 8, 2)))
    ⠉⠒⠤⣀⠀⠀⠀⠀
    ⠀⠀⠀⠀⠉⠒⠤⣀
    """
    known = [value for value in values if value is not None]
    cells = [[_BLANK] * width for _ in range(height)]
    if known:
        low, high = bounds(known, span)
        for column, value in _points(values, 2 * width):
            row = round((high - value) / ((high - low) or 1) * (4 * height - 1))
            cells[row // 4][column // 2] |= _DOTS[row % 4][column % 2]
    return ["".join(map(chr, line)) for line in cells]


def bounds(known: Sequence[float], span: float) -> tuple[float, float]:
    """Return the lowest and the highest value, at least a span apart.

    >>> bounds([1.0, 1.5], 2.0)
    (0.25, 2.25)
    """
    low, high = min(known), max(known)
    missing = max(span - (high - low), 0.0) / 2
    return low - missing, high + missing


def _points(values: Sequence[float | None], columns: int) -> list[tuple[int, float]]:
    """Interpolate between neighbours; a value without one stands alone."""
    last = len(values) - 1
    found = []
    for column in range(columns):
        place = column * last / (columns - 1)
        before, after = values[math.floor(place)], values[math.ceil(place)]
        if before is None or after is None:
            continue
        share = place - math.floor(place)
        found.append((column, before + share * (after - before)))
    return found
