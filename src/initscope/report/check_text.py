"""A check in the terminal."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from initscope.checking import CheckReport, FixResult
from initscope.errors import InputError
from initscope.report.braille import bounds, curve
from initscope.report.check_profile import Quantity, Stop, drawable, profile
from initscope.report.numbers import significant
from initscope.report.source_lines import relative
from initscope.rules import SEVERITIES, Finding, rule

if TYPE_CHECKING:
    from initscope.propagate import Prediction

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold cyan"}
_QUANTITIES: tuple[tuple[Quantity, str], ...] = (
    ("signal", "second moment of the signal, by layer"),
    ("gradient", "squared norm of the gradient of one input, by layer"),
)
_HEIGHT, _MOST_WIDTH, _LABEL = 4, 60, 9
_LEAST_DECADES = 2.0  # what the height stands for at least, so that a healthy profile looks flat
_MOST_PLACES = 6
_MANY_MISSING = 10  # of one reason, to be told


def text(report: CheckReport, width: int = 100) -> str:
    """Return a report as plain text."""
    return _captured(lambda console: print_check(report, console), width)


def fixed_text(result: FixResult, width: int = 100) -> str:
    """Return what was mended as plain text."""
    return _captured(lambda console: print_fix(result, console), width)


def print_check(report: CheckReport, console: Console) -> None:
    """Print the verdict, the findings with the worst first, the depth profile and the coverage."""
    console.print(Text(verdict(report), style="bold"), soft_wrap=True)
    for finding in report.findings:
        console.print()
        _print_finding(finding, console)
    stops = profile(report)
    for quantity, title in _QUANTITIES:
        lines = plot(stops, quantity, console.width)
        if lines:
            console.print()
            console.print(Text(title, style="dim"))
            console.print(Text("\n".join(lines)), soft_wrap=True)
    console.print()
    for note in notes(report):
        console.print(Text(note, style="dim"))


def print_fix(result: FixResult, console: Console) -> None:
    """Print a check, what was done, and the check after it."""
    print_check(result.before, console)
    console.print()
    console.print(Text(fix_line(result), style="bold"), soft_wrap=True)
    if result.applied:
        console.print()
        print_check(result.after, console)


def verdict(report: CheckReport) -> str:
    """Say in one line how a model does."""
    trace = report.evidence.trace
    counts = [_counted(report, severity) for severity in SEVERITIES]
    found = ", ".join(filter(None, counts)) or "nothing found"
    return f"{trace.model_class}: {found}"


def fix_line(result: FixResult) -> str:
    """Say in one line what was mended."""
    if result.reverted:
        return f"nothing was changed: {result.reverted}"
    if not result.applied:
        return "nothing was changed: no finding has a new initialization as its remedy"
    count = len(result.applied)
    noun = "parameter" if count == 1 else "parameters"
    proof = "as planned" if result.audit and result.audit.ok else "not as planned: see the audit"
    return f"drew {count} {noun} anew by the plan 'auto' (audit: {proof}); checked again:"


def notes(report: CheckReport) -> Iterator[str]:
    """Say what was seen, and what was left out."""
    yield f"Coverage: {report.coverage}."
    prediction = report.evidence.prediction
    if prediction is not None:
        yield (
            f"Predictions: {prediction.predicted} of {prediction.measured} measured statistics "
            f"have one; {prediction.within} of them lie within its 95% interval."
        )
        yield from _missing(prediction)
    yield from (f"Note: {note}" for note in report.evidence.trace.notes)
    if report.known:
        yield f"Left out: {len(report.known)} known from the baseline."
    if report.ignored:
        yield f"Left out: {len(report.ignored)} let pass by per-module-ignores."


def _missing(prediction: Prediction) -> Iterator[str]:
    """Say why most of the missing predictions are missing; where passes start there are none."""
    reasons = {
        reason: count
        for reason, count in prediction.unpredicted.items()
        if reason.startswith("not predicted: ") and count >= _MANY_MISSING
    }
    if reasons:
        reason = max(reasons, key=lambda each: reasons[each])
        yield f"Without one, {reasons[reason]} times: {reason.removeprefix('not predicted: ')}."


def plot(stops: Sequence[Stop], quantity: Quantity, width: int) -> list[str]:
    """Draw a quantity along the layers, on a logarithmic scale; nothing without two values."""
    values = [_log(stop.measured(quantity)) for stop in stops]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return []
    columns = max(min(_MOST_WIDTH, width - _LABEL - 3), 10)
    low, high = bounds(known, _LEAST_DECADES)
    lines = curve(values, columns, _HEIGHT, _LEAST_DECADES)
    labels = [_power(high), *[""] * (_HEIGHT - 2), _power(low)]
    drawn = [f"{label:>{_LABEL}} ┤{line}" for label, line in zip(labels, lines, strict=True)]
    return [*drawn, _axis(stops, columns), *_ends(stops, quantity)]


def why(finding: Finding) -> str:
    """Return the cause that was found, else why the rule's defect is bad."""
    if finding.cause:
        return finding.cause
    try:
        return rule(finding.code).why
    except InputError:
        return ""


def place(finding: Finding) -> str:
    """Return where a finding is, with its source line where that is known."""
    if not finding.file:
        return finding.where
    return f"{finding.where} ({relative(finding.file, Path.cwd())}:{finding.line})"


def also(finding: Finding) -> str:
    """Return the other places, the first of them by name."""
    shown = ", ".join(finding.also[:_MOST_PLACES])
    rest = len(finding.also) - _MOST_PLACES
    return f"{shown} and {rest} more" if rest > 0 else shown


def sentence(words: str) -> str:
    """Return words as a sentence.

    >>> sentence("the signal falls")
    'The signal falls.'
    """
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith(".") else ".")


def _captured(show: Callable[[Console], None], width: int) -> str:
    written = io.StringIO()
    show(Console(file=written, width=width, color_system=None, highlight=False))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def _print_finding(finding: Finding, console: Console) -> None:
    head = Text(finding.severity, style=_STYLES[finding.severity])
    head.append(f" {finding.code} {finding.rule}", style="bold")
    head.append(f"  {place(finding)}", style="")
    console.print(head, soft_wrap=True)
    console.print(Padding(Text(sentence(finding.message)), (0, 0, 0, 2)))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for name, value in (
        ("measured", finding.measured),
        ("expected", finding.expected),
        ("why", why(finding)),
        ("remedy", finding.remedy),
        ("also", also(finding)),
    ):
        if value:
            table.add_row(name, Text(value))
    console.print(Padding(table, (0, 0, 0, 2)))


def _counted(report: CheckReport, severity: str) -> str:
    count = sum(each.severity == severity for each in report.findings)
    plural = "" if count == 1 or severity == "info" else "s"
    return f"{count} {severity}{plural}" if count else ""


def _log(value: float | None) -> float | None:
    return math.log10(value) if value is not None and drawable(value) else None


def _power(exponent: float) -> str:
    return f"{10**exponent:.0e}" if -300 < exponent < 300 else f"1e{exponent:+.0f}"


def _axis(stops: Sequence[Stop], columns: int) -> str:
    last = str(len(stops))
    gap = columns - 1 - len(last)
    return f"{'':>{_LABEL}}  1{'':{gap}}{last}"


def _ends(stops: Sequence[Stop], quantity: Quantity) -> Iterator[str]:
    """The first and the last layer in numbers, with what was predicted of them."""
    for stop in (stops[0], stops[-1]):
        band = stop.predicted(quantity)
        beside = (
            f"  predicted {significant(band.second_moment, 3)} "
            f"[{significant(band.low, 3)}, {significant(band.high, 3)}]"
            if band
            else ""
        )
        value = significant(stop.measured(quantity), 3)
        yield f"{'':>{_LABEL}}  layer {stop.layer}, {stop.name}: {value}{beside}"
