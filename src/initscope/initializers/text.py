"""The text form of an initializer: ``he_normal``, ``normal(std=0.01)``, ``uniform(-1, 1)``."""

from __future__ import annotations

import re

from initscope.errors import unknown
from initscope.grammar import parse
from initscope.initializers.catalogue import NAMES
from initscope.initializers.initializer import Initializer

PREFIX = "initializer:"
"""In front of a name: the initializer is meant, not the scheme that has the same name."""


def get(initializer: str | Initializer, *values: object, **arguments: object) -> Initializer:
    """Return an initializer from its text form, or from a name and arguments.

    Args:
        initializer: a name or alias of the catalogue, optionally with arguments in parentheses and
            with ``initializer:`` in front; an `Initializer` is returned as it is.
        values: parameters by position, in place of arguments in the text.
        arguments: parameters by name.

    Raises:
        InputError: the name, an argument or a value cannot be used.

    >>> from initscope import get
    >>> str(get("kaiming_uniform(mode=fan_out)"))
    'he_uniform(mode=fan_out)'
    >>> get("normal", std=0.01) == get("normal(0.01)")
    True
    """
    if isinstance(initializer, Initializer):
        return initializer
    text = initializer.strip().removeprefix(PREFIX) if isinstance(initializer, str) else initializer
    name, parsed_values, parsed_arguments = parse("initializer", text, "normal(std=0.01)")
    if name not in NAMES:
        raise unknown("initializer", name, NAMES)
    return NAMES[name](*parsed_values, *values, **parsed_arguments, **arguments)


def split(text: str) -> list[str]:
    """Split a comma-separated list of initializers at the commas outside parentheses.

    >>> split("zeros, uniform(low=-1, high=1)")
    ['zeros', 'uniform(low=-1, high=1)']
    """
    return [part.strip() for part in re.split(r",(?![^(]*\))", text)]
