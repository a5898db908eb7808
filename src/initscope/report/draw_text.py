"""One drawn matrix in the terminal: moments and a histogram of bars."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from initscope.classroom import Draw, Moment
from initscope.report import numbers

_EIGHTHS = " ▏▎▍▌▋▊▉"
_BESIDE = 34  # columns of the histogram's numbers and gaps
_WIDEST = 60


def print_draw(drawn: Draw, console: Console) -> None:
    """Print what was drawn, its moments beside the formula's, and its histogram."""
    console.print(Text(_heading(drawn)))
    console.print(Text(f"{drawn.formula}  ({drawn.citation})"))
    console.print()
    console.print(_moments(drawn))
    console.print()
    console.print(_histogram(drawn, console.width))
    for note in _notes(drawn):
        console.print(Text(note, style="dim"))


def _heading(drawn: Draw) -> str:
    order = "outputs, inputs" if drawn.layout == "torch" else "inputs, outputs"
    return (
        f"{drawn.initializer}, fan_in {drawn.fan_in}, fan_out {drawn.fan_out}: "
        f"shape {drawn.values.shape} ({order}), seed {drawn.seed}"
    )


def _moments(drawn: Draw) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("", "drawn", "formula", "95% of samples"):
        table.add_column(heading, no_wrap=True)
    for name, moment in (("mean", drawn.mean), ("std", drawn.std)):
        table.add_row(name, *_numbers(moment))
    for name, (value, bound) in (("lowest", drawn.lowest), ("highest", drawn.highest)):
        table.add_row(name, numbers.significant(value), numbers.significant(bound), "")
    return table


def _numbers(moment: Moment) -> tuple[str, str, str]:
    low, high = (numbers.significant(bound) for bound in moment.expected95)
    within = "" if moment.is_expected else "  outside"
    return (
        numbers.significant(moment.drawn),
        numbers.significant(moment.formula),
        f"[{low}, {high}]{within}",
    )


def _histogram(drawn: Draw, width: int) -> Table:
    found = drawn.histogram
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("from", justify="right", no_wrap=True)
    table.add_column("drawn", justify="right", no_wrap=True)
    if found.expected:
        table.add_column("law", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    room = max(8, min(_WIDEST, width - _BESIDE))
    for index, count in enumerate(found.counts):
        law = [f"{found.expected[index]:.0f}"] if found.expected else []
        start = numbers.significant(found.edges[index], 3)
        table.add_row(start, str(count), *law, bar(count / max(found.counts), room))
    return table


def bar(share: float, width: int) -> str:
    """Draw a bar to an eighth of a character.

    >>> bar(0.5, 3)
    '█▌'
    """
    full, part = divmod(math.floor(share * width * 8 + 0.5), 8)
    return "█" * full + (_EIGHTHS[part] if part else "")


def _notes(drawn: Draw) -> list[str]:
    return [
        f"95% of samples: where the sample's mean and standard deviation lie for "
        f"{drawn.values.size} values of the formula's law, from its variance and kurtosis.",
        *(["law: how many values it lets expect in the bin."] if drawn.histogram.expected else []),
    ]
