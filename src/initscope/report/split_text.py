"""A sweep over splits of the data, summed up in one line an initializer."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from initscope.comparison import Sweep
from initscope.comparison.axes import TEST_DATA
from initscope.comparison.family import Family
from initscope.comparison.splits import Overall
from initscope.report import inference_notes, numbers
from initscope.report.compare_text import bracket
from initscope.report.places import value_text
from initscope.report.tables import Entry, fitted
from initscope.training import typed


def title(sweep: Sweep) -> str:
    """Say what the lines are over."""
    return f"Over the {sweep.splits} splits of the data, each of which counts as one value"


def columns(sweep: Sweep) -> list[Entry]:
    """Headings of the table."""
    score = "R²" if sweep.comparisons[0].regression else "accuracy"
    against = "reference" if sweep.comparisons[0].reference else "best"
    return [
        *((name,) for name in sweep.axes if name not in TEST_DATA),
        ("initializer",),
        (f"{score} of one run",),
        (f"against {against}",),
    ]


def rows(sweep: Sweep) -> list[list[Entry]]:
    """Return a line for each initializer at each combination of the other axes."""
    alone = "reference" if sweep.comparisons[0].reference else "best"
    return [
        [
            *((value_text(value),) for value in each.coordinates.values()),
            (typed(each.cell.hidden),),
            (numbers.decimal(each.score.mean), bracket(each.score, sweep.splits)),
            _against(each, sweep.splits) if each.difference else (alone,),
        ]
        for each in sweep.overall
    ]


def _against(each: Overall, count: int) -> Entry:
    found = each.difference
    if found is None:
        return ()
    return numbers.decimal(found.mean), bracket(found, count), numbers.p_value(found.p_holm)


def notes(sweep: Sweep) -> list[str]:
    """Say what these intervals are for, and where splits are too few."""
    first = sweep.comparisons[0]
    family = Family(len(first.experiment.cells), sweep.splits, named=first.family.named)
    return [
        "Intervals and p are over splits, paired by split and corrected as above: they are for the "
        "mean over all splits of these data, and too sure of other data, since splits share "
        "examples (Nadeau and Bengio, 2003).",
        *inference_notes.attainable(family, "splits"),
    ]


def print_splits(sweep: Sweep, console: Console) -> None:
    """Print the table with what it says."""
    console.print(Text(title(sweep), style="bold"))
    console.print(fitted(console, columns(sweep), rows(sweep)))
    for note in notes(sweep):
        console.print(Text(note, style="dim"))
