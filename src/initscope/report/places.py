"""The places of a sweep as panels of a chart, and how many of them a report has room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from initscope.comparison import Comparison, Sweep
from initscope.comparison.axes import Coordinates, Value

Place: TypeAlias = tuple[str, Comparison]
"""A comparison and the words for where it stands; no words for one that stands alone."""

MOST_PANELS = 30
"""Panels of small multiples in a report, which keeps it below 1.5 MB."""


def places(sweep: Sweep) -> list[Place]:
    """Return every point of a sweep with its words."""
    return [
        (words(point.coordinates, list(point.coordinates)), point.comparison)
        for point in sweep.points
    ]


def words(coordinates: Coordinates, axes: Sequence[str]) -> str:
    """Say where a point stands on some axes.

    >>> words({"depth": 10, "clip_norm": None, "activation": "relu"}, ["depth", "clip_norm"])
    'depth 10, clip_norm none'
    """
    return ", ".join(f"{axis} {value_text(coordinates[axis])}" for axis in axes)


def value_text(value: Value) -> str:
    """Write a value as the command line takes it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"


def shown(found: Sequence[Place]) -> Sequence[Place]:
    """Return the places that have a panel: the first ones."""
    return found[:MOST_PANELS]


def left_out(found: Sequence[Place]) -> str:
    """Say that some places have no panel, if that is so."""
    if len(found) <= MOST_PANELS:
        return ""
    return f" The first {MOST_PANELS} of {len(found)} combinations; records have all."
