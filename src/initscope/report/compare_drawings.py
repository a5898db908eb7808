"""The charts of a comparison, with their words."""

from __future__ import annotations

from initscope.comparison import Comparison
from initscope.report import compare_charts as charts
from initscope.report import gradient_charts, rate_charts
from initscope.report.drawing import Drawing


def drawings(comparison: Comparison) -> list[Drawing]:
    """Return every chart that a comparison has the data for."""
    regression = comparison.regression
    found = [
        Drawing(
            "curves",
            "Learning curves",
            "Lines are medians over the networks that are still finite; "
            "bands hold the middle four of five.",
            charts.learning_curves(comparison),
            charts.curve_rows(comparison),
        ),
        Drawing(
            "scores",
            f"Test {'R²' if regression else 'accuracy'} of every network",
            f"How many networks end at which {'score' if regression else 'accuracy'}; "
            "diverged ones end at none.",
            charts.accuracy_distributions(comparison),
            charts.accuracy_rows(comparison),
        ),
        Drawing(
            "outcomes",
            "What became of the networks",
            f"Trained: better than {'the mean' if regression else 'chance'}. "
            "Stuck: not. Diverged: met a number that is not finite. "
            "The thin line is the 95% interval of the share that trains.",
            charts.outcome_bars(comparison),
            charts.outcome_rows(comparison),
        ),
    ]
    places = [("", comparison)]
    return [*found, *rate_charts.drawings(places), *gradient_charts.drawings(places)]
