"""What a network starts from: an initializer, a scheme of planning, or its own constructor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from initscope.errors import unknown
from initscope.grammar import parse
from initscope.initializers import NAMES, Initializer, get

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
    """Return what a text names: an initializer where there is one of the name, else a scheme.

    Raises:
        InputError: there is neither, or an argument does not fit.

    >>> start("auto"), str(start("kaiming_normal"))
    (Scheme(text='auto'), 'he_normal')
    """
    from initscope.planning.schemes import NAMES as SCHEMES
    from initscope.planning.schemes import scheme

    if isinstance(given, Initializer | Scheme):
        return given
    name, _, arguments = parse("initializer", given, "normal(std=0.01)")
    if name == OWN and not arguments:
        return Scheme(OWN)
    if name in SCHEMES:
        return Scheme(scheme(given).name)
    if name not in NAMES:
        raise unknown("initializer", name, [*NAMES, *SCHEMES, OWN])
    return get(given)
