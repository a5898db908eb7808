"""The 2-2-1 network in the terminal, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from initscope.classroom import ByHand, Line, Step

_PARTS = ("forward", "loss", "backward", "update")


def print_byhand(found: ByHand, console: Console, digits: int = 4) -> None:
    """Print every step with its arithmetic, then what came of it."""
    console.print(Text(_heading(found)))
    for step in found.steps:
        console.print()
        console.print(Text(f"Step {step.number}", style="bold"))
        for part in _PARTS:
            console.print(Text(part, style="dim"))
            console.print(_table(_lines(step, part), digits))
    console.print()
    for sentence in _ending(found, digits):
        console.print(Text(sentence))


def _heading(found: ByHand) -> str:
    return (
        f"2-2-1, {found.activation}, weights {found.initializer}, biases zero; "
        f"x = ({found.x[0]:g}, {found.x[1]:g}), t = {found.target:g}, "
        f"{found.loss} loss, lr = {found.learning_rate:g}"
    )


def _lines(step: Step, part: str) -> Sequence[Line]:
    lines: Sequence[Line] = getattr(step, part)
    return lines


def _table(lines: Sequence[Line], digits: int) -> Table:
    """Return name, formula and numbers in columns; what is too long goes on below itself."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(min_width=7, no_wrap=True)
    table.add_column(min_width=22, no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        numbers = Text(f"= {line.arithmetic(digits)}")
        value = f"{line.value:.{digits}g}"
        if numbers.plain != f"= {value}":
            numbers.append(" = ").append(value, style="bold")
        table.add_row(Text(line.name), Text(f"= {line.formula}"), numbers)
    return table


def _ending(found: ByHand, digits: int) -> list[str]:
    units = (
        "Both hidden units have the same weights, before and after every step: they are one unit."
        if found.is_one_unit
        else "The hidden units have different weights."
    )
    still = ", ".join(found.unmoved) or "none"
    return [
        _losses(found, digits),
        units,
        f"Never moved: {still}.",
        f"Calculated in float64, shown with {digits} significant digits.",
    ]


def _losses(found: ByHand, digits: int) -> str:
    first, last = (f"{loss:.{digits}g}" for loss in (found.losses[0], found.losses[-1]))
    if len(found.steps) == 1:
        return f"Loss before step 1: {first}."
    return f"Loss before step 1: {first}; before step {len(found.steps)}: {last}."
