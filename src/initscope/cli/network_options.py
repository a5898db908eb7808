"""Options that say what stands between the layers of a perceptron, and past them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def _number_or_word(_context: click.Context, _parameter: click.Parameter, text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


_OPTIONS = (
    click.option(
        "--norm", default="none", show_default=True, help="none, batch, layer or rms, each layer."
    ),
    click.option("--residual", is_flag=True, help="Add what a hidden layer makes to its input."),
    click.option(
        "--branch-scale",
        default="1",
        show_default=True,
        callback=_number_or_word,
        help="Factor of each residual branch: a number, depth (one over the root of their "
        "number), or zero (learned, from zero on).",
    ),
    click.option(
        "--dropout", type=float, default=0.0, show_default=True, help="Share of outputs dropped."
    ),
)

NAMES = ("norm", "residual", "branch_scale", "dropout")
"""Fields of the perceptron that these options give."""


def network_options(command: Command) -> Command:
    """Give a command every option of the layers' form."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
