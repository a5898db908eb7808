"""A comparison as one HTML file."""

from __future__ import annotations

import initscope
from initscope.comparison import Comparison
from initscope.report import compare_notes, compare_text
from initscope.report.command import command
from initscope.report.compare_drawings import drawings
from initscope.report.machine import machine
from initscope.report.page import render_page, versions


def render(comparison: Comparison) -> str:
    """Return the report of a comparison as an HTML document."""
    setting = comparison.experiment.setting
    return render_page(
        "compare.html.j2",
        task=compare_text.named(setting.data),
        title=compare_text.title(setting, tuned=comparison.tuning is not None),
        columns=compare_text.columns(comparison),
        rows=[
            {"entries": entries, "best": cell is comparison.best}
            for entries, cell in zip(compare_text.rows(comparison), comparison.cells, strict=True)
        ],
        notes=compare_notes.notes(comparison),
        splits=None,
        figures=[drawing.figure() for drawing in drawings(comparison)],
        command=command(comparison),
        provenance=_provenance(comparison),
    )


def _provenance(comparison: Comparison) -> list[str]:
    return [
        f"initscope {initscope.__version__}, {_identity(comparison)}, "
        f"results in {comparison.storage}",
        versions(("torch", "numpy", "scikit-learn")),
        machine(),
    ]


def _identity(comparison: Comparison) -> str:
    """Name the experiment; where rates were tuned, that of each rate that was chosen."""
    if comparison.tuning is None:
        return f"experiment {comparison.experiment.setting.id}"
    rates = sorted({comparison.tuning.rate(cell) for cell in comparison.experiment.cells})
    ids = (comparison.experiment.setting.at_rate(rate).id for rate in rates)
    return f"experiments {', '.join(ids)}"
