"""A sweep as one HTML file: maps of what trains, curves, and the table."""

from __future__ import annotations

from typing import Any

import initscope
from initscope.comparison import Sweep
from initscope.report import compare_text, split_text, sweep_text
from initscope.report.command import command
from initscope.report.machine import machine
from initscope.report.page import render_page, versions
from initscope.report.sweep_drawings import drawings


def render(sweep: Sweep) -> str:
    """Return the report of a sweep as an HTML document."""
    return render_page(
        "compare.html.j2",
        task=compare_text.named(sweep.base.setting.data),
        title=sweep_text.title(sweep),
        columns=sweep_text.columns(sweep),
        rows=[
            {"entries": entries, "best": best}
            for entries, best in zip(sweep_text.rows(sweep), sweep_text.bests(sweep), strict=True)
        ],
        notes=sweep_text.notes(sweep),
        splits=_splits(sweep),
        figures=[drawing.figure() for drawing in drawings(sweep)],
        command=command(sweep),
        provenance=[
            f"initscope {initscope.__version__}, results in {sweep.storage}",
            versions(("torch", "numpy", "scikit-learn")),
            machine(),
        ],
    )


def _splits(sweep: Sweep) -> dict[str, Any] | None:
    """Return the table over splits of the data, where there are some."""
    if sweep.splits == 1:
        return None
    return {
        "title": split_text.title(sweep),
        "columns": split_text.columns(sweep),
        "rows": [{"entries": entries, "best": False} for entries in split_text.rows(sweep)],
        "notes": split_text.notes(sweep),
    }
