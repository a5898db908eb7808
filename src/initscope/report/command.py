"""The command that gives a comparison again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from initscope.comparison import Comparison, Experiment, Sweep, seeds
from initscope.comparison.presets import SAME
from initscope.comparison.result import default_threshold
from initscope.comparison.runner import cells
from initscope.comparison.tuning import usual_rates
from initscope.training import (
    MLP,
    Adam,
    Custom,
    Data,
    Network,
    Optimizer,
    Scheme,
    Training,
    optimizer_named,
    typed,
)
from initscope.training.losses import loss_for

_OPTIMIZER_OPTIONS = {
    "learning_rate": "--lr",
    "momentum": "--momentum",
    "epsilon": "--epsilon",
    "beta1": "--beta1",
    "beta2": "--beta2",
    "alpha": "--alpha",
    "weight_decay": "--weight-decay",
}
_TRAINING_OPTIONS = {
    "epochs": "--epochs",
    "batch_size": "--batch-size",
    "schedule": "--schedule",
    "warmup": "--warmup",
    "clip_norm": "--clip-norm",
    "clip_value": "--clip-value",
    "label_smoothing": "--label-smoothing",
}


_FORMS = {
    "norm": "--norm",
    "residual": "--residual",
    "branch_scale": "--branch-scale",
    "dropout": "--dropout",
}


def command(comparison: Comparison | Sweep) -> str:
    """Return the command line of a comparison; what has its default value is left out."""
    if isinstance(comparison, Sweep):
        words = _words(comparison.base, comparison.comparisons[0].threshold)
        for name, values in comparison.axes.items():
            words += ["--sweep", f"{name}={','.join(map(_typed, values))}"]
        return shlex.join(words + _more(comparison.comparisons))
    words = _words(comparison.experiment, comparison.threshold)
    return shlex.join(words + _more([comparison]))


def _more(comparisons: Sequence[Comparison]) -> list[str]:
    """Return the options of what is decided once for all points of a sweep."""
    reference = comparisons[0].reference
    named = ["--reference", typed(reference.hidden)] if reference else []
    return [*_tune(comparisons), *named]


def _tune(comparisons: Sequence[Comparison]) -> list[str]:
    """Return the option of the search for rates, which is one for all points of a sweep."""
    tuning = comparisons[0].tuning
    if tuning is None:
        return []
    usual = all(
        each.tuning and each.tuning.rates == usual_rates(each.experiment.setting.training.optimizer)
        for each in comparisons
    )
    return ["--tune", "lr" if usual else f"lr={','.join(map(str, tuning.rates))}"]


def _typed(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else str(value)


def _words(experiment: Experiment, threshold: float) -> list[str]:
    setting = experiment.setting
    words = ["initscope", "compare", setting.data.task]
    words += ["--init", ",".join(typed(cell.hidden) for cell in experiment.cells)]
    words += _head(experiment)
    words += ["--seeds", seeds.text(experiment.seeds)]
    for option, value, default in _options(setting.data, setting.network, setting.training):
        if value != default:
            words += [option] if value is True else [option, str(value)]
    if setting.gain != 1:
        words += ["--gain", str(setting.gain)]
    if threshold != default_threshold(setting.data):
        words += ["--threshold", str(threshold)]
    return words


def _head(experiment: Experiment) -> list[str]:
    """Return the option under which the same initializers give the same cells; or none."""
    starts, data = [cell.hidden for cell in experiment.cells], experiment.setting.data
    heads = [typed(cell.head) for cell in experiment.cells if not isinstance(cell.head, Scheme)]
    for head in (*dict.fromkeys(heads), SAME):
        if cells(data, starts, head) == experiment.cells:
            return ["--head", head]
    return []


def _options(data: Data, network: Network, training: Training) -> list[tuple[str, object, object]]:
    """Every option with its value and its default."""
    return [
        ("--target", data.target, None),
        ("--problem", data.problem, None),
        ("--scale", data.scale, "none"),
        ("--split-seed", data.split_seed, 42),
        ("--test-share", data.test_share, 0.2),
        ("--validation", data.validation, 0.0),
        *_network_options(network),
        ("--loss", training.loss, loss_for(None, data.classes)),
        *(
            (option, getattr(training, field), getattr(Training(), field))
            for field, option in _TRAINING_OPTIONS.items()
        ),
        *_optimizer_options(training.optimizer),
    ]


def _network_options(network: Network) -> list[tuple[str, object, object]]:
    if isinstance(network, MLP):
        return [
            ("--hidden", ",".join(map(str, network.hidden)), ",".join(map(str, MLP().hidden))),
            ("--activation", network.activation, MLP().activation),
            *(
                (option, getattr(network, field), getattr(MLP(), field))
                for field, option in _FORMS.items()
            ),
        ]
    if isinstance(network, Custom):
        shape = ",".join(map(str, network.input_shape or ()))
        return [("--model", network.name, None), ("--input-shape", shape, "")]
    return [("--network", str(network), None)]


def _optimizer_options(optimizer: Optimizer) -> list[tuple[str, object, object]]:
    name = "nesterov" if getattr(optimizer, "nesterov", False) else optimizer.name
    default = optimizer_named(name)
    return [
        ("--optimizer", name, Adam.name),
        *(
            (option, getattr(optimizer, field), getattr(default, field))
            for field, option in _OPTIMIZER_OPTIONS.items()
            if hasattr(optimizer, field)
        ),
    ]
