"""Small multiples: the same chart for each place of a sweep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt

from initscope.report.charts_theme import Rows, heading, theme

_WIDE, _SMALL = (560, 260), (200, 130)
_COLUMNS = 3

Panel = Callable[[Rows, int, int], Any]
"""Draws some rows at a width and a height."""


def multiples(rows: Rows, panel: Panel) -> alt.TopLevelMixin:
    """Draw a panel for each value of ``place`` in the rows, or a wide one where there is none."""
    names = list(dict.fromkeys(row["place"] for row in rows if "place" in row))
    drawn: Any = panel(rows, *_WIDE)
    if names:
        panels = [
            panel([row for row in rows if row["place"] == name], *_SMALL).properties(
                title=heading(name)
            )
            for name in names
        ]
        drawn = alt.concat(*panels, columns=_COLUMNS)
    chart: alt.TopLevelMixin = drawn.configure(**theme())
    return chart
