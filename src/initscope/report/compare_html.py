"""A comparison as one HTML file."""

from __future__ import annotations

import os
from pathlib import Path

import initscope
from initscope import files
from initscope.comparison import Comparison, Sweep
from initscope.report import compare_charts as charts
from initscope.report import compare_text, sweep_html
from initscope.report.charts_theme import svg
from initscope.report.command import command
from initscope.report.page import Figure, render_page, versions


def write_report(comparison: Comparison | Sweep, path: str | os.PathLike[str]) -> None:
    """Write the report of a comparison or a sweep to one HTML file, whole or not at all.

    Args:
        comparison: what :func:`initscope.compare` returned.
        path: the file to write.

    Raises:
        StorageError: the file cannot be written.
    """
    made = sweep_html.render(comparison) if isinstance(comparison, Sweep) else render(comparison)
    files.write_text(Path(path), made)


def render(comparison: Comparison) -> str:
    """Return the report of a comparison as an HTML document."""
    setting = comparison.experiment.setting
    return render_page(
        "compare.html.j2",
        task=compare_text.named(setting.data),
        title=compare_text.title(setting),
        columns=compare_text.columns(comparison),
        rows=[
            {"entries": compare_text.entries(cell), "best": cell.difference_to_best is None}
            for cell in comparison.cells
        ],
        notes=compare_text.notes(comparison),
        figures=_figures(comparison),
        command=command(comparison),
        provenance=_provenance(comparison),
    )


def _figures(comparison: Comparison) -> list[Figure]:
    return [
        Figure(
            "Learning curves",
            "Lines are medians over the networks that are still finite; "
            "bands hold the middle four of five.",
            svg(charts.learning_curves(comparison)),
            charts.curve_rows(comparison),
        ),
        Figure(
            f"Test {'R²' if comparison.regression else 'accuracy'} of every network",
            "How many networks end at which score; diverged ones end at none."
            if comparison.regression
            else "How many networks end at which accuracy; diverged ones end at none.",
            svg(charts.accuracy_distributions(comparison)),
            charts.accuracy_rows(comparison),
        ),
        Figure(
            "What became of the networks",
            f"Trained: better than {'the mean' if comparison.regression else 'chance'}. "
            "Stuck: not. Diverged: met a number that is not finite. "
            "The thin line is the 95% interval of the share that trains.",
            svg(charts.outcome_bars(comparison)),
            charts.outcome_rows(comparison),
        ),
    ]


def _provenance(comparison: Comparison) -> list[str]:
    return [
        f"initscope {initscope.__version__}, experiment {comparison.experiment.setting.id}, "
        f"results in {comparison.storage}",
        versions(("torch", "numpy", "scikit-learn")),
    ]
