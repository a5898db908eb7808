"""Charts show the numbers of the comparison, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from initscope.report import compare_charts as charts
from initscope.report import palette
from initscope.report.charts_theme import svg as to_svg


def test_curves_are_medians_and_bands_over_finite_networks(comparison):
    """Each point is what NumPy's percentiles give for the networks that are finite there."""
    rows = charts.curve_rows(comparison)
    assert {row["curve"] for row in rows} == {"training loss", "test loss", "test accuracy"}
    for row in rows:
        cell = next(
            c for c in comparison.experiment.cells if comparison.label(c) == row["initializer"]
        )
        field = {
            "training loss": "train_loss",
            "test loss": "test_loss",
            "test accuracy": "test_accuracy",
        }[row["curve"]]
        index = row["epoch"] - (1 if field == "train_loss" else 0)
        values = [getattr(record, field)[index] for record in comparison.of(cell)]
        finite = [value for value in values if value is not None]
        assert row["networks"] == len(finite)
        assert row["median"] == pytest.approx(np.median(finite))
        assert row["low"] == pytest.approx(np.percentile(finite, 10))
        assert row["high"] == pytest.approx(np.percentile(finite, 90))
    diverging = [row for row in rows if row["initializer"] == "normal(std=3)" and row["epoch"] == 4]
    assert [row["networks"] for row in diverging] == [10, 10, 10]


def test_histograms_count_every_network_once(comparison):
    """The bars of one initializer add up to its networks, the diverged left out."""
    rows = charts.accuracy_rows(comparison)
    for cell in comparison.experiment.cells:
        mine = [row for row in rows if row["initializer"] == comparison.label(cell)]
        diverged = 2 if cell.hidden.name == "normal" else 0
        assert sum(row["networks"] for row in mine) == 12 - diverged
        assert all(row["to"] > row["from"] for row in mine)


def test_outcomes_add_up_to_all_networks(comparison):
    """Trained, stuck and diverged are everything."""
    rows = charts.outcome_rows(comparison)
    for cell, summary in zip(comparison.experiment.cells, comparison.cells, strict=True):
        mine = {r["outcome"]: r for r in rows if r["initializer"] == comparison.label(cell)}
        assert {name: row["networks"] for name, row in mine.items()} == {
            "trained": summary.trained,
            "stuck": summary.stuck,
            "diverged": summary.diverged,
        }
        assert sum(row["share"] for row in mine.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "chart", [charts.learning_curves, charts.accuracy_distributions, charts.outcome_bars]
)
def test_charts_render_with_every_name_and_only_colours_that_have_a_dark_partner(comparison, chart):
    """The SVG names every initializer; a dark page can replace each of its colours."""
    svg = to_svg(chart(comparison))
    assert svg.startswith("<svg")
    for cell in comparison.experiment.cells:
        assert comparison.label(cell) in svg
    known = {light for light, _ in (*palette.SERIES, palette.INK, palette.MUTED, palette.GRID)}
    import re

    used = set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{3,6})"', svg))
    assert used <= known | {palette.WHISKER}


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
def test_colours_stand_out_from_the_page(page):
    """Marks have a contrast of at least 3:1, text of 4.5:1, in light and dark."""
    for pair in palette.SERIES:
        assert contrast(pair[page], palette.PAPER[page]) >= 3
    for pair in (palette.INK, palette.MUTED):
        assert contrast(pair[page], palette.PAPER[page]) >= 4.5


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
def test_numbers_can_be_read_on_every_share(page):
    """Ink on a cell of a map has a contrast of at least 4.5:1, in light and dark."""
    for pair in palette.SHARES:
        assert contrast(palette.INK[page], pair[page]) >= 4.5
