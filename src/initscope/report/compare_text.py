"""A comparison in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath

from rich.console import Console
from rich.text import Text

from initscope.comparison import Cell, Comparison, Experiment, Setting
from initscope.comparison.outcome import LEVEL
from initscope.report import numbers, rate_text
from initscope.report.tables import Entry, fitted
from initscope.training import MLP, Data, Scheme, Training, typed


def columns(comparison: Comparison) -> list[Entry]:
    """Headings of the table."""
    return [
        ("initializer",),
        ("failed",),
        ("R²",) if comparison.regression else ("accuracy",),
        ("median",),
        ("RMSE",) if comparison.regression else ("loss",),
        ("epochs", f"to {comparison.threshold:g}"),
        ("against best",),
    ]


def entries(cell: Cell) -> list[Entry]:
    """Return the line of one initializer, an entry a column."""
    accuracy, difference = cell.test_accuracy, cell.difference_to_best
    stuck = " stuck" if cell.over == "stuck" else ""
    return [
        (cell.initializer, *_own_rate(cell)),
        (
            numbers.percent(cell.failure_rate.rate),
            numbers.percent_interval(cell.failure_rate.ci95),
        ),
        (numbers.decimal(accuracy.mean) + stuck, numbers.interval(accuracy.ci95))
        if accuracy
        else (numbers.MISSING,),
        (numbers.decimal(accuracy.median if accuracy else None),),
        (numbers.significant(cell.rmse.mean),)
        if cell.rmse
        else (numbers.decimal(cell.final_loss),),
        (numbers.epochs(cell.epochs_to_threshold),),
        (
            numbers.decimal(difference.mean),
            numbers.interval(difference.ci95),
            numbers.p_value(difference.p_holm),
        )
        if difference
        else ("best",),
    ]


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


def notes(comparison: Comparison, best: str | None = None) -> list[str]:
    """Say what the columns mean; `best` names what differences are taken to."""
    experiment = comparison.experiment
    heads = {typed(cell.head) for cell in experiment.cells if cell.head != cell.hidden}
    head = f"{heads.pop()} on the head" if heads else "the same on the head"
    chance, score, error = _words(comparison)
    stuck = any(cell.over == "stuck" for cell in comparison.cells)
    held_out = experiment.setting.data.validation
    return [
        *([_VALIDATION.format(held_out)] if held_out else []),
        f"{len(experiment.seeds)} networks each, paired by seed; {head}; {_biases(experiment)}.",
        *_route(comparison),
        "Brackets are 95% intervals: Wilson for rates, bootstrap for means.",
        f"failed: not better than {chance}, or not finite.",
        f"{score}, median, {error}: over the networks that trained"
        f"{'; stuck: none did, so over those at chance' if stuck else ''}.",
        f"against best: difference of the {score} of one run to "
        f"{best or comparison.best.initializer}, failures included; "
        "p from a paired permutation test, Holm-corrected.",
        f"epochs to {comparison.threshold:g}: median over all networks, one that never gets there "
        f"being later than any other; {numbers.MISSING}: half or more never do.",
        *(rate_text.notes(comparison.tuning) if comparison.tuning else []),
    ]


_VALIDATION = "Scores are on {:.0%} of the training data, held out; the test data took no part."


def _biases(experiment: Experiment) -> str:
    """Say where biases start: at zero, or as a scheme has it."""
    schemes = [str(cell.hidden) for cell in experiment.cells if isinstance(cell.hidden, Scheme)]
    if not schemes:
        return "biases from zero"
    names = ", ".join(dict.fromkeys(schemes))
    return f"biases from zero, or as decided by {names}"


def _route(comparison: Comparison) -> list[str]:
    """Say which way networks that are no perceptrons were trained, and why."""
    route = comparison.route
    if route.path == "batched":
        return []
    memory = route.chunk_bytes / 2**20
    local = comparison.experiment.setting.network.is_local
    place = "; in this process, the only one that has the factory" if local else ""
    return [
        f"trained by {route.words}; {route.together} networks in a chunk, about {memory:.0f} MiB"
        f"{place}."
    ]


def _words(comparison: Comparison) -> tuple[str, str, str]:
    """Return what networks are held against, and the names of their score and their error."""
    level = numbers.decimal(comparison.baseline)
    if comparison.regression:
        chance = f"the training mean (R² {level}; paired t-test of squared errors at {LEVEL:g})"
        return chance, "R²", "RMSE"
    chance = f"always answering the most frequent class ({level}; binomial test at {LEVEL:g})"
    return chance, "accuracy", "loss"


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the table of a comparison with its explanation."""
    tuning = comparison.tuning
    console.print(Text(title(comparison.experiment.setting, tuned=bool(tuning)), style="bold"))
    rows = [entries(cell) for cell in comparison.cells]
    styles = [style(cell) for cell in comparison.cells]
    console.print(fitted(console, columns(comparison), rows, styles))
    for note in notes(comparison):
        console.print(Text(note, style="dim"))
    if tuning:
        rate_text.print_search(comparison, tuning, console)


def style(cell: Cell) -> str:
    """Return the colour of a line: the best, or one where nothing trained."""
    if cell.difference_to_best is None:
        return "green"
    return "" if cell.trained else "red"


def _folded(widths: Sequence[int]) -> str:
    hidden = sorted(set(widths[1:-1]))
    wide = f"{hidden[0]}" if len(hidden) == 1 else f"{hidden[0]}..{hidden[-1]}"
    return f"{widths[0]}-({len(widths) - 2} x {wide})-{widths[-1]}"
