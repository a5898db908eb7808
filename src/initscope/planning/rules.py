"""A user's own rules: patterns of parameter names, each with an initializer."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from initscope.errors import InputError
from initscope.initializers import Initializer, get
from initscope.planning.choice import Choice, fill, keep
from initscope.planning.names import stable
from initscope.planning.slots import Slot

Rule = tuple[str, str | Initializer]


class Rules:
    """Rules in the order in which they were given; the first that matches decides.

    Args:
        given: pairs of a pattern (``*``, ``?`` and ``[...]`` as in file names) and an initializer,
            or ``"keep"``, which leaves a parameter as it is.

    Raises:
        InputError: a rule is not such a pair, or names an unknown initializer.
    """

    def __init__(self, given: Sequence[Rule] | None) -> None:
        self._rules = [(pattern, _choice(pattern, chosen)) for pattern, chosen in _pairs(given)]
        self._used: set[str] = set()

    def choice(self, slot: Slot) -> Choice | None:
        """Return what the first matching rule says of a parameter or of an alias of it."""
        for pattern, choice in self._rules:
            if any(fnmatchcase(name, pattern) for name in _names(slot)):
                self._used.add(pattern)
                return choice
        return None

    @property
    def unused(self) -> tuple[str, ...]:
        """Patterns that no parameter met, or that earlier rules left nothing."""
        return tuple(pattern for pattern, _ in self._rules if pattern not in self._used)


def _names(slot: Slot) -> list[str]:
    """Return a parameter's names, also as they are without wrappers."""
    names = (slot.name, *slot.aliases)
    return [*names, *map(stable, names)]


def _choice(pattern: str, chosen: str | Initializer) -> Choice:
    reason = f"your rule {pattern!r}"
    return keep(reason) if chosen == "keep" else fill(get(chosen), reason=reason)


def _pairs(given: Sequence[Rule] | None) -> list[Rule]:
    for entry in given or ():
        pair = isinstance(entry, tuple | list) and len(entry) == 2
        if not pair or not isinstance(entry[0], str):
            raise InputError(
                f"rule {entry!r}: expected a pair of a pattern and an initializer, such as "
                '("*.head.weight", "zeros")'
            )
    return [(pattern, chosen) for pattern, chosen in given or ()]
