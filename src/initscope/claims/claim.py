"""What a claim is: its words, its experiment, its criterion."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from initscope.claims.effort import Effort
from initscope.claims.estimate import Kind
from initscope.claims.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Case:
    """One condition under which a claim is tested, with its criterion, fixed in advance.

    The claim holds in the case where the whole 95% interval of the statistic lies between both
    bounds, fails where none of it does, and is undecided where it straddles one.

    Attributes:
        name: the condition.
        low: where the statistic must lie at least.
        high: where it must lie at most.
        kind: "mean"; "ratio" for a geometric mean of factors; "share" of networks.
        group: of cases that differ in one number alone, what they share.
        at: that number.
        premise: whether it is no part of the claim, but what its experiment rests on, such as that
            networks do diverge without the remedy.
    """

    name: str
    low: float = -math.inf
    high: float = math.inf
    kind: Kind = "mean"
    group: str = ""
    at: float | None = None
    premise: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of the textbooks, everything that is known of it.

    Attributes:
        id: its number, never reused.
        slug: its name in a few words.
        statement: in plain words.
        said: where it is said.
        first: who showed it, or the nearest to it, first: author, year.
        experiment: what is done, in words.
        statistic: what is measured, and in which unit.
        why: where the bounds of the criterion come from.
        practice: what to do.
        cases: conditions with their criteria; the first is the effect that is reported, unless
            `effect` names another.
        measure: runs the experiment.
        axis: what varies within a group of cases, for the condition's words.
        rules: codes of the linter's rules that it concerns.
        initializers: names of those that it concerns.
        effect: name of the case whose estimate stands for the claim; the first where empty.
        recipe: raised when the same effort would give other numbers.
    """

    id: int
    slug: str
    statement: str
    said: str
    first: str
    experiment: str
    statistic: str
    why: str
    practice: str
    cases: tuple[Case, ...]
    measure: Callable[[Effort], Evidence]
    axis: str = ""
    rules: tuple[str, ...] = ()
    initializers: tuple[str, ...] = ()
    effect: str = ""
    recipe: int = 1

    @property
    def headline(self) -> str:
        """Name of the case whose estimate stands for the claim."""
        return self.effect or self.cases[0].name

    @property
    def criterion(self) -> str:
        """The bounds in words, cases with equal ones told together."""
        told: dict[str, list[str]] = {}
        for case in self.cases:
            name = f"{case.name} (premise)" if case.premise else case.name
            told.setdefault(bounds(case), []).append(name)
        if len(told) == 1:
            return f"{self.statistic}: {next(iter(told))} in every case"
        parts = (f"{text} for {'; '.join(names)}" for text, names in told.items())
        return f"{self.statistic}: {'. '.join(parts)}"

    def case(self, name: str) -> Case:
        """Return a case by its name."""
        return next(case for case in self.cases if case.name == name)


def bounds(case: Case) -> str:
    """Write where the statistic must lie.

    >>> bounds(Case("", 0.5)), bounds(Case("", 0.9, 1.1)), bounds(Case("", 0, 0))
    ('at least 0.5', 'from 0.9 to 1.1', '0')
    """
    if case.low == case.high:
        return f"{case.low:g}"
    if math.isinf(case.high):
        return f"at least {case.low:g}"
    if math.isinf(case.low):
        return f"at most {case.high:g}"
    return f"from {case.low:g} to {case.high:g}"
