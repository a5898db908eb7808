"""The parameters behind an operation, as the numbers that second moments need."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from initscope.observe import Operation, Parameter, Trace, Use
from initscope.observe.kinds import COPIES, TRANSPOSITIONS
from initscope.propagate.refusal import NoModelError

_PLAIN = COPIES | TRANSPOSITIONS
_PLAIN |= {"view", "reshape", "flatten", "squeeze", "unsqueeze", "expand", "expand_as", "repeat"}
_PLAIN |= {"getitem", "chunk", "split", "narrow", "unbind", "select", "index_select"}
"""Functions that keep a parameter's statistics, its parts being drawn alike."""

_SIGNIFICANT = 4.0  # standard errors of a mean that is no accident


@dataclass(frozen=True, slots=True)
class Weight:
    """Statistics of a parameter's elements, taken as independent draws.

    Attributes:
        mean, std: over elements.
        shape: of the parameter.
        constant: whether all elements are equal.
    """

    mean: float
    std: float
    shape: tuple[int, ...]
    constant: bool

    @property
    def second(self) -> float:
        """E[w^2]."""
        return self.mean**2 + self.std**2

    @property
    def is_centred(self) -> bool:
        """Whether the mean is what independent draws around zero leave by accident."""
        count = math.prod(self.shape)
        return abs(self.mean) <= _SIGNIFICANT * self.std / math.sqrt(count)


ABSENT = Weight(0.0, 0.0, (), constant=True)
"""Stands for a bias that an operation does not have."""


def weight(trace: Trace, row: Operation, argument: str) -> Weight:
    """Return the parameter that enters an operation by an argument.

    Raises:
        NoModelError: there is none, or it was computed from parameters in a way that changes their
            statistics.
    """
    uses = [use for use in row.parameters if use.argument == argument]
    if not uses:
        raise NoModelError(f"its {argument} is no parameter")
    return _only(trace, uses)


def optional(trace: Trace, row: Operation, argument: str, absent: Weight = ABSENT) -> Weight:
    """Return the parameter of an argument, or what stands for its absence."""
    uses = [use for use in row.parameters if use.argument == argument]
    return _only(trace, uses) if uses else absent


def _only(trace: Trace, uses: Sequence[Use]) -> Weight:
    if len(uses) > 1:
        raise NoModelError(f"its {uses[0].argument} was computed from several parameters")
    return of(trace, uses[0])


def of(trace: Trace, use: Use) -> Weight:
    """Return the statistics of one use of a parameter."""
    changed = [step for step in use.through if step not in _PLAIN]
    if changed:
        raise NoModelError(f"{use.name} passes {changed[0]} on its way")
    found: Parameter = trace.parameter(use.name)
    if found.nonfinite or not math.isfinite(found.mean):
        raise NoModelError(f"{use.name} has values that are not finite")
    return Weight(found.mean, found.std, found.shape, found.constant)
