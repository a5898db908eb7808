"""Options that say how networks are trained, and how they are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from initscope.cli import options
from initscope.errors import InputError

if TYPE_CHECKING:
    from initscope.training import Optimizer, Training

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--loss", help="softmax, sigmoid or squared. Default: by the classes."),
    click.option(
        "--optimizer",
        default="adam",
        show_default=True,
        help="adam, adamw, sgd, momentum, nesterov, rmsprop or adagrad.",
    ),
    click.option("--lr", type=float, help="Learning rate. [default: PyTorch's, and sgd 0.01]"),
    click.option(
        "--momentum", type=float, help="Of sgd and rmsprop, 0 by default; of momentum, 0.9."
    ),
    click.option("--beta1", type=float, help="Decay of adam's first moment. [default: 0.9]"),
    click.option("--beta2", type=float, help="Decay of adam's second moment. [default: 0.999]"),
    click.option("--alpha", type=float, help="Decay of rmsprop's moment. [default: 0.99]"),
    click.option("--epsilon", type=float, help="Added to a root. [default: 1e-8, adagrad 1e-10]"),
    click.option("--weight-decay", type=float, help="[default: 0, adamw 0.01]"),
    click.option("--epochs", type=int, default=10, show_default=True),
    click.option("--batch-size", type=int, default=32, show_default=True),
    click.option(
        "--schedule",
        default="constant",
        show_default=True,
        help="Of the learning rate: constant or cosine.",
    ),
    click.option(
        "--warmup", type=int, default=0, show_default=True, help="Epochs of linear warm-up."
    ),
    click.option("--clip-norm", type=float, help="Largest norm of the gradient. [default: any]"),
    click.option("--clip-value", type=float, help="Largest gradient entry. [default: any]"),
    click.option("--label-smoothing", type=float, default=0.0, show_default=True),
)


def training_options(command: Command) -> Command:
    """Give a command every option of training."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def training(given: dict[str, Any]) -> Training:
    """Turn options into :class:`initscope.Training`."""
    from initscope.training import Training

    names = [field.name for field in dataclasses.fields(Training) if field.name != "optimizer"]
    return Training(_optimizer(given), **{name: given[name] for name in names})


def _optimizer(given: dict[str, Any]) -> Optimizer:
    from initscope.training import optimizer_named

    default = optimizer_named(given["optimizer"])
    fields = {field.name for field in dataclasses.fields(default)}
    settings = {}
    for field, option in options.OPTIMIZER.items():
        value = given[option.removeprefix("--").replace("-", "_")]
        if value is None:
            continue
        if field not in fields:
            raise InputError(f"{option} is no setting of {given['optimizer']}: leave it out")
        settings[field] = value
    return dataclasses.replace(default, **settings)
