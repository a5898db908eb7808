"""A chart with its name, its words and its data: for notebooks as it is, for reports as SVG."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from initscope.report.charts_theme import Rows, svg
from initscope.report.page import Figure


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart of a result.

    Attributes:
        name: what Python calls it.
        title: heading in a report.
        caption: what it shows, in a sentence or two.
        chart: Altair's object.
        rows: the data behind it.
    """

    name: str
    title: str
    caption: str
    chart: alt.TopLevelMixin
    rows: Rows

    def figure(self) -> Figure:
        """Return the drawing as a report shows it."""
        return Figure(self.title, self.caption, svg(self.chart), self.rows)
