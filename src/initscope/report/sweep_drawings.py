"""The charts of a sweep, with their words."""

from __future__ import annotations

from initscope.comparison import Sweep
from initscope.comparison.boundary import LAYERS_PER_SCALE
from initscope.report import gradient_charts, rate_charts
from initscope.report.drawing import Drawing
from initscope.report.places import Place, left_out, places, shown
from initscope.report.sweep_curves import curve_rows, curves, interaction, interaction_rows
from initscope.report.sweep_maps import boundary_points, map_rows, panels, sweep_map


def drawings(sweep: Sweep) -> list[Drawing]:
    """Return every chart that a sweep has the data for."""
    found = places(sweep)
    score = "R²" if sweep.comparisons[0].regression else "accuracy"
    return [
        *_maps(sweep, score),
        _interaction(sweep, score),
        _curves(sweep, found, score),
        *rate_charts.drawings(found),
        *gradient_charts.drawings(found),
    ]


def _maps(sweep: Sweep, score: str) -> list[Drawing]:
    rows, theory = map_rows(sweep), _theory(sweep)
    return [
        Drawing(
            "trained",
            "What trains where",
            f"Share of the networks that train, at each combination.{theory}",
            sweep_map(sweep, "trained"),
            rows,
        ),
        Drawing(
            "score",
            f"How well: {score}",
            f"Mean test {score} of one run, at each combination; a diverged network counts as what "
            f"needs no network.{theory}",
            sweep_map(sweep, "score"),
            rows,
        ),
    ]


def _interaction(sweep: Sweep, score: str) -> Drawing:
    means = interaction_rows(sweep)
    return Drawing(
        "interaction",
        f"Interaction of initializer and {next(iter(sweep.axes))}",
        f"Mean test {score} of one run with its 95% bootstrap interval, failures included. "
        "Parallel lines: the axis does the same to every initializer.",
        interaction(sweep, means),
        means,
    )


def _curves(sweep: Sweep, found: list[Place], score: str) -> Drawing:
    rows = curve_rows(shown(found))
    return Drawing(
        "curves",
        "Learning curves at each combination",
        f"Lines are medians of the test {score} over the networks that are still finite; bands "
        f"hold the middle four of five.{left_out(found)}",
        curves(rows, sweep.comparisons[0]),
        rows,
    )


def _theory(sweep: Sweep) -> str:
    """Say what the dashed line is, where there is one."""
    if not any(boundary_points(sweep, panel) for panel in panels(sweep)):
        return ""
    return (
        f" Dashed: mean-field theory's prediction of the depth that trains, {LAYERS_PER_SCALE} "
        "depth scales (Schoenholz et al., 2017), a factor measured with plain gradient descent on "
        "tanh networks; beyond the map where there is none."
    )
