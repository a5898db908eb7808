"""The names that the page's controls offer: initializers with their parameters, activations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from initscope.errors import InputError
from initscope.initializers import ROWS, Fans, Initializer, get
from initscope.initializers.distributions import DISTRIBUTIONS
from initscope.initializers.fans import MODES
from initscope.initializers.initializer import Row
from initscope.lab.fields import FieldError
from initscope.lab.link import Link
from initscope.lab.requests import Catalogue
from initscope.networks.layers import ACTIVATIONS
from initscope.streams import Stream
from initscope.training import TASKS
from initscope.training.activations import ACTIVATIONS as TRAINED

_CHOICES = {"mode": tuple(MODES), "distribution": tuple(DISTRIBUTIONS)}
_EXAMPLES = {"value": 0.1, "low": -0.1, "high": 0.1, "std": 0.05}
"""Where a parameter has no default, what a control starts with."""


def run(_request: Catalogue, link: Link) -> None:
    """Send the names."""
    link.part(
        "catalogue",
        {
            "activations": list(ACTIVATIONS),
            "initializers": [_row(row) for row in _matrices()],
            "tasks": list(TASKS),
            "trained_activations": list(TRAINED),
        },
    )


def require_activation(name: str) -> str:
    """Return a name that :mod:`torch.nn` knows.

    Raises:
        FieldError: it does not.
    """
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise FieldError("activation", f"activation is {name}: expected one of {known}")
    return name


def require_initializer(text: str) -> Initializer:
    """Return the initializer of a text.

    Raises:
        FieldError: there is none, or its parameters cannot be used.
    """
    try:
        return get(text)
    except InputError as error:
        raise FieldError("init", str(error)) from None


def _matrices() -> Iterator[Row]:
    """Yield the rows that fill the weight of a dense layer."""
    for row in ROWS:
        try:
            row(**_defaults(row)).sample((2, 2), Fans(2, 2), Stream(0, "weight"))
        except InputError:
            continue
        yield row


def _defaults(row: Row) -> dict[str, Any]:
    return {
        name: _EXAMPLES.get(name, 1.0) if default is dataclasses.MISSING else default
        for name, default in row.parameters.items()
    }


def _row(row: Row) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "default": default,
            "required": row.parameters[name] is dataclasses.MISSING,
            "choices": _CHOICES.get(name),
        }
        for name, default in _defaults(row).items()
    ]
    return {
        "name": row.name,
        "formula": row.formula,
        "citation": row.citation,
        "parameters": parameters,
    }
