"""A comparison in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath

from rich.console import Console
from rich.text import Text

from initscope.comparison import Cell, Comparison, Setting
from initscope.comparison.differences import Difference
from initscope.comparison.statistics import Summary
from initscope.report import inference_notes, numbers, rate_text
from initscope.report.compare_notes import notes
from initscope.report.tables import Entry, fitted
from initscope.training import MLP, Data, Training


def columns(comparison: Comparison) -> list[Entry]:
    """Headings of the table."""
    return [
        ("initializer",),
        ("failed",),
        ("R²",) if comparison.regression else ("accuracy",),
        ("median",),
        ("RMSE",) if comparison.regression else ("loss",),
        ("epochs", f"to {comparison.threshold:g}"),
        ("against", "reference") if comparison.reference else ("against best",),
    ]


def rows(comparison: Comparison) -> list[list[Entry]]:
    """Return a line for each initializer, an entry a column."""
    alone = "reference" if comparison.reference else "best"
    return [entries(cell, alone) for cell in comparison.cells]


def entries(cell: Cell, alone: str = "best") -> list[Entry]:
    """Return the line of one initializer; `alone` is said of what the others are compared with."""
    accuracy, difference = cell.test_accuracy, cell.difference
    stuck = " stuck" if cell.over == "stuck" else ""
    return [
        (cell.initializer, *_own_rate(cell)),
        (
            numbers.percent(cell.failure_rate.rate),
            numbers.percent_interval(cell.failure_rate.ci95),
        ),
        (numbers.decimal(accuracy.mean) + stuck, bracket(accuracy, cell.trained or cell.stuck))
        if accuracy
        else (numbers.MISSING,),
        (numbers.decimal(accuracy.median if accuracy else None),),
        (numbers.significant(cell.rmse.mean),)
        if cell.rmse
        else (numbers.decimal(cell.final_loss),),
        (numbers.epochs(cell.epochs_to_threshold),),
        (
            numbers.decimal(difference.mean),
            bracket(difference, cell.n),
            numbers.p_value(difference.p_holm),
        )
        if difference
        else (alone,),
    ]


def bracket(found: Summary | Difference, count: int) -> str:
    """Write the interval of a mean of so many values, or that they are all equal."""
    if found.ci95 is None and count > 1:
        return inference_notes.EQUAL
    return numbers.interval(found.ci95)


def _own_rate(cell: Cell) -> list[str]:
    return [] if cell.learning_rate is None else [f"lr {cell.learning_rate:g}"]


def title(setting: Setting, *, tuned: bool = False) -> str:
    """Say in one line what was trained; `tuned` where each initializer has its own rate."""
    training = setting.training
    scaled = ", standardized" if setting.data.scale == "standard" else ""
    gain = f", weights times {setting.gain:g}" if setting.gain != 1 else ""
    return (
        f"{named(setting.data)}{scaled}: {_shape(setting)}{gain}, "
        f"{training.loss}, {', '.join(remedies(training, tuned=tuned))}, "
        f"{training.epochs} epochs of batches of {training.batch_size}"
    )


def _shape(setting: Setting) -> str:
    """Name the network: a perceptron by its widths, another by its text form and its size."""
    network = setting.network
    if not isinstance(network, MLP):
        parameters = sum(math.prod(shape) for shape in setting.shapes.values())
        return f"{network} ({parameters:,} parameters)"
    weights = [shape for shape in setting.shapes.values() if len(shape) == 2]
    widths = [weights[0][1], *(shape[0] for shape in weights)]
    layers = "-".join(map(str, widths)) if len(widths) <= 6 else _folded(widths)
    return f"{layers} {', '.join(forms(network))}"


def named(data: Data) -> str:
    """Name data: the task, or the file without its folder."""
    return PurePath(data.task).name


def forms(network: MLP) -> list[str]:
    """Name the activation, and whatever else stands between the layers or past them."""
    named = [network.activation]
    if network.norm != "none":
        named.append(f"{network.norm} norm")
    if network.residual:
        scale = network.branch_scale
        words = {"depth": " by 1/sqrt(branches)", "zero": " from zero", 1: ""}
        named.append(f"residual{words.get(scale, f' by {scale}')}")
    if network.dropout:
        named.append(f"dropout {network.dropout:g}")
    return named


def remedies(training: Training, *, tuned: bool = False) -> list[str]:
    """Name the optimizer, and whatever else of the training is not its default."""
    optimizer = training.optimizer
    momentum = getattr(optimizer, "momentum", 0)
    form = "nesterov" if getattr(optimizer, "nesterov", False) else "momentum"
    decay = optimizer.weight_decay
    named = [
        f"{optimizer.name} {'at its own rate each' if tuned else f'{optimizer.learning_rate:g}'}"
        f"{f' {form} {momentum:g}' if momentum else ''}"
        f"{f' weight decay {decay:g}' if decay != type(optimizer)().weight_decay else ''}"
    ]
    if training.warmup:
        named.append(f"warm-up of {training.warmup} epochs")
    if training.schedule != "constant":
        named.append(f"{training.schedule} schedule")
    for kind, threshold in (("norm", training.clip_norm), ("value", training.clip_value)):
        if threshold is not None:
            named.append(f"gradient {kind} at most {threshold:g}")
    if training.label_smoothing:
        named.append(f"labels smoothed by {training.label_smoothing:g}")
    return named


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the table of a comparison with its explanation."""
    tuning = comparison.tuning
    console.print(Text(title(comparison.experiment.setting, tuned=bool(tuning)), style="bold"))
    styles = [style(comparison, cell) for cell in comparison.cells]
    console.print(fitted(console, columns(comparison), rows(comparison), styles))
    for note in notes(comparison):
        console.print(Text(note, style="dim"))
    if tuning:
        rate_text.print_search(comparison, tuning, console)


def style(comparison: Comparison, cell: Cell) -> str:
    """Return the colour of a line: the best, or one where nothing trained."""
    if cell is comparison.best:
        return "green"
    return "" if cell.trained else "red"


def _folded(widths: Sequence[int]) -> str:
    hidden = sorted(set(widths[1:-1]))
    wide = f"{hidden[0]}" if len(hidden) == 1 else f"{hidden[0]}..{hidden[-1]}"
    return f"{widths[0]}-({len(widths) - 2} x {wide})-{widths[-1]}"
