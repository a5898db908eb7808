"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from initscope.errors import InputError

OPTIMIZER = {
    "learning_rate": "--lr",
    "momentum": "--momentum",
    "beta1": "--beta1",
    "beta2": "--beta2",
    "alpha": "--alpha",
    "epsilon": "--epsilon",
    "weight_decay": "--weight-decay",
}
"""Options that set a field of an optimizer."""

DEFAULT_STORAGE = "sqlite:///initscope.db"

storage_option = click.option(
    "--storage",
    envvar="INITSCOPE_STORAGE",
    default=DEFAULT_STORAGE,
    show_default=True,
    help="Database URL of the results store (sqlite:/// or postgresql://). "
    "[env: INITSCOPE_STORAGE]",
)

format_option = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json prints one object on standard output and nothing else.",
)


def whole_numbers(kind: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    """Read comma-separated whole numbers, such as 64,64."""

    def read(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Any:
        if text is None:
            return None
        try:
            return tuple(int(part) for part in text.split(","))
        except ValueError:
            raise InputError(
                f"{kind} {text!r}: expected whole numbers between commas, such as 64,64"
            ) from None

    return read


def numbers(kind: str, example: str) -> Callable[[click.Context, click.Parameter, str], Any]:
    """Read comma-separated numbers, such as 0.5,-1."""

    def read(_context: click.Context, _parameter: click.Parameter, text: str) -> Any:
        try:
            return tuple(float(part) for part in text.split(","))
        except ValueError:
            raise InputError(
                f"{kind} {text!r}: expected numbers between commas, such as {example}"
            ) from None

    return read


def rule(text: str) -> tuple[str, str]:
    """Read PATTERN=INITIALIZER; the initializer may hold further equals signs.

    >>> rule("*.weight=normal(std=0.01)")
    ('*.weight', 'normal(std=0.01)')
    """
    pattern, equals, initializer = text.partition("=")
    if not (pattern and equals and initializer):
        raise InputError(
            f'rule {text!r}: expected PATTERN=INITIALIZER, such as "*.head.weight=zeros"'
        )
    return pattern, initializer
