"""What a network starts from: an initializer, a scheme of planning, or its own constructor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from initscope.errors import unknown
from initscope.grammar import parse
from initscope.initializers import NAMES, PREFIX, Initializer, get

OWN = "own"
"""In place of a scheme: the values that the module's own constructor draws."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme by its text form, such as ``auto`` or ``gpt2(std=0.01)``, or ``own``.

    >>> str(Scheme("auto"))
    'auto'
    """

    text: str

    def __str__(self) -> str:
        return self.text


Start: TypeAlias = Initializer | Scheme


def start(given: str | Start) -> Start:
    """Return what a text names: a scheme where there is one of the name, else an initializer.

    ``initializer:gpt2`` is the initializer where both have the name.

    Raises:
        InputError: there is neither, or an argument does not fit.

    >>> start("auto"), str(start("kaiming_normal"))
    (Scheme(text='auto'), 'he_normal')
    """
    from initscope.planning.schemes import NAMES as SCHEMES
    from initscope.planning.schemes import scheme

    if isinstance(given, Initializer | Scheme):
        return given
    if isinstance(given, str) and given.strip().startswith(PREFIX):
        return get(given)
    name, _, arguments = parse("initializer", given, "normal(std=0.01)")
    if name == OWN and not arguments:
        return Scheme(OWN)
    if name in SCHEMES:
        return Scheme(scheme(given).name)
    if name not in NAMES:
        raise unknown("initializer", name, [*NAMES, *SCHEMES, OWN])
    return get(given)


def typed(given: Start) -> str:
    """Return the text from which `start` makes the same again.

    >>> typed(start("gpt2")), typed(start("initializer:gpt2"))
    ('gpt2', 'initializer:gpt2')
    """
    from initscope.planning.schemes import typed as of_initializer

    return of_initializer(given) if isinstance(given, Initializer) else str(given)
