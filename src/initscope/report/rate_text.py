"""The search for each initializer's learning rate, in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from initscope.comparison import Comparison
from initscope.comparison.tuning import Trial, Tuning
from initscope.report import numbers
from initscope.report.tables import Entry, fitted


def notes(tuning: Tuning) -> list[str]:
    """Say how rates were chosen, and where a better one may lie beyond the grid."""
    seeds, rates = tuning.seeds, tuning.rates
    found = [
        f"lr: each initializer's own, of {len(rates)} from {rates[0]:g} to {rates[-1]:g} that of "
        f"the highest mean score, failures included, of {len(seeds)} networks (seeds {seeds[0]} to "
        f"{seeds[-1]}, none of them above) on {tuning.validation:.0%} of the training data held "
        "out; the smallest of equals. The test data took no part."
    ]
    if tuning.at_edge:
        names = ", ".join(f"{each.initializer} {each.learning_rate:g}" for each in tuning.at_edge)
        found.append(
            f"at an end of the grid, beyond which a better rate may lie: {names}; name others with "
            "--tune lr=..."
        )
    return found


def print_search(comparison: Comparison, tuning: Tuning, console: Console) -> None:
    """Print the mean validation score of each initializer at each rate."""
    cells = comparison.experiment.cells
    columns: list[Entry] = [("lr",), *((comparison.label(cell),) for cell in cells)]
    by_cell = [tuning.of(cell) for cell in cells]
    rows = [
        [(f"{rate:g}",), *(_entry(trials[index]) for trials in by_cell)]
        for index, rate in enumerate(tuning.rates)
    ]
    console.print(Text("The search, on validation data (* chosen)", style="bold"))
    console.print(fitted(console, columns, rows))


def _entry(trial: Trial) -> Entry:
    mean = numbers.decimal(trial.score.mean)
    return f"{mean}{'*' if trial.chosen else ' '}", numbers.interval(trial.score.ci95)
