"""The search for learning rates, for people."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

import initscope
from initscope.comparison import Comparison
from initscope.comparison.statistics import Summary
from initscope.comparison.tuning import Trial, Tuning
from initscope.report.compare_html import render
from initscope.report.compare_text import print_comparison
from initscope.report.rate_charts import rate_rows


@pytest.fixture
def tuned(comparison) -> Comparison:
    """Every initializer is best at 0.1, the end of its grid."""
    trials = [
        Trial(str(cell.hidden), str(cell.head), rate, "0" * 16, 10, 9, 1, score, chosen=rate == 0.1)
        for cell in comparison.experiment.cells
        for rate, score in (
            (0.01, Summary(0.5, (0.4, 0.6), 0.5)),
            (0.1, Summary(0.75, (0.7, 0.8), 0.75)),
        )
    ]
    return replace(comparison, tuning=Tuning((0.01, 0.1), (7, 8), 0.2, tuple(trials)))


def test_the_terminal_has_the_rule_the_rates_and_the_search(tuned):
    """What was chosen, how, and what a choice at the end of the grid means."""
    console = Console(file=io.StringIO(), width=120, highlight=False)
    print_comparison(tuned, console)
    text = " ".join(console.file.getvalue().split())
    assert "adam at its own rate each" in text
    assert "lr 0.1" in text
    assert "the smallest of equals. The test data took no part." in text
    assert "at an end of the grid, beyond which a better rate may lie: zeros 0.1" in text
    assert "0.01 0.500 [0.400, 0.600]" in text
    assert text.count("0.750*") == 4


def test_the_report_draws_the_search_and_repeats_it(tuned):
    """A chart with its data, and the command with its grid."""
    assert "The search for learning rates" in render(tuned)
    assert "--tune lr=0.01,0.1" in render(tuned)
    rows = rate_rows([("", tuned)])
    assert len(rows) == 8
    assert [row["learning rate"] for row in rows if row["chosen"]] == [0.1] * 4
    assert "rates" in initscope.charts(tuned)
