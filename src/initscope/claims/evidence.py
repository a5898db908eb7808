"""What a claim's experiment measured: numbers alone, before anything is made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Evidence:
    """The statistic of every network or draw, by case.

    Attributes:
        values: for each case, a number a seed, in the order of the seeds; a share of networks is
            made of ones and zeros. Infinity stands for what overflowed.
        notes: what else was found and a reader should know, one sentence each.
    """

    values: Mapping[str, tuple[float, ...]]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Sequence[float]], *notes: str) -> Self:
        """Make evidence from any numbers."""
        plain = {name: tuple(map(float, entries)) for name, entries in values.items()}
        return cls(plain, tuple(notes))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; infinities as words, which JSON has no numbers for."""
        values = {name: [_written(each) for each in row] for name, row in self.values.items()}
        return {"values": values, "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Make evidence from what :meth:`to_dict` returned."""
        return cls.of(plain["values"], *plain["notes"])


def _written(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
