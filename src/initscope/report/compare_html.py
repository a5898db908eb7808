"""A comparison as one HTML file: no script, no request, readable in print and in the dark."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

import initscope
from initscope import files
from initscope.comparison import Comparison
from initscope.report import charts, compare_text, palette
from initscope.report.command import command


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with the data behind it."""

    title: str
    caption: str
    svg: str
    rows: charts.Rows


def write_report(comparison: Comparison, path: str | os.PathLike[str]) -> None:
    """Write the report of a comparison to one HTML file, whole or not at all.

    Args:
        comparison: what :func:`initscope.compare` returned.
        path: the file to write.

    Raises:
        StorageError: the file cannot be written.
    """
    files.write_text(Path(path), render(comparison))


def render(comparison: Comparison) -> str:
    """Return the report of a comparison as an HTML document."""
    setting = comparison.experiment.setting
    return (
        _environment()
        .get_template("compare.html.j2")
        .render(
            task=setting.data.task,
            title=compare_text.title(setting),
            dark_rules=palette.dark_rules(),
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
    )


def _figures(comparison: Comparison) -> list[Figure]:
    return [
        Figure(
            "Learning curves",
            "Lines are medians over the networks that are still finite; "
            "bands hold the middle four of five.",
            charts.svg(charts.learning_curves(comparison)),
            charts.curve_rows(comparison),
        ),
        Figure(
            "Test accuracy of every network",
            "How many networks end at which accuracy; diverged ones end at none.",
            charts.svg(charts.accuracy_distributions(comparison)),
            charts.accuracy_rows(comparison),
        ),
        Figure(
            "What became of the networks",
            "Trained: better than chance. Stuck: not. Diverged: met a number that is not finite. "
            "The thin line is the 95% interval of the share that trains.",
            charts.svg(charts.outcome_bars(comparison)),
            charts.outcome_rows(comparison),
        ),
    ]


def _provenance(comparison: Comparison) -> list[str]:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "scikit-learn"))
    return [
        f"initscope {initscope.__version__}, experiment {comparison.experiment.setting.id}, "
        f"results in {comparison.storage}",
        f"{libraries}; Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}",
    ]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("initscope.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = _number
    return environment


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
