"""What a scheme decides for one parameter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from initscope.initializers import Initializer, get

Action = Literal["fill", "values", "keep", "norms"]


@dataclass(frozen=True, slots=True)
class Choice:
    """How one parameter gets its values.

    Attributes:
        action: "fill" draws from the initializers; "values" writes given ones; "keep" leaves the
            values as they are; "norms" writes the norms of the directions that weight norm
            multiplies.
        initializers: one for all parts of the parameter, or one for each.
        reason: why, in words.
        reference: author, year, place.
        shared_draws: whether all parts are made from the same random numbers.
        values: what "values" writes.
        target: second moment that the weight's products are to have, for inputs of the example;
            None where the theory follows the measured input.
    """

    action: Action
    initializers: tuple[Initializer, ...]
    reason: str
    reference: str = ""
    shared_draws: bool = False
    values: tuple[float, ...] = ()
    target: float | None = None

    def of_part(self, index: int) -> Initializer:
        """Return the initializer of a part."""
        return self.initializers[index if len(self.initializers) > 1 else 0]

    def __str__(self) -> str:
        if self.action != "fill":
            return self.action
        names = [str(initializer) for initializer in self.initializers]
        return names[0] if len(set(names)) == 1 else ", ".join(names)


def fill(
    *initializers: str | Initializer,
    reason: str,
    reference: str = "",
    shared_draws: bool = False,
    target: float | None = None,
) -> Choice:
    """Draw from one initializer, or from one for each part."""
    chosen = tuple(get(entry) for entry in initializers)
    cited = reference or chosen[0].citation
    return Choice("fill", chosen, reason, cited, shared_draws, target=target)


def values(numbers: Iterable[float], reason: str, reference: str = "") -> Choice:
    """Write given values."""
    return Choice("values", (), reason, reference, values=tuple(numbers))


def keep(reason: str, reference: str = "") -> Choice:
    """Leave the values as they are."""
    return Choice("keep", (), reason, reference)


NORMS = Choice(
    "norms", (), "weight norm starts as the weight itself", "Salimans and Kingma, 2016, section 3"
)
