"""What the intervals and p-values of a comparison say, and what they do not."""

from __future__ import annotations

from collections.abc import Sequence

from initscope.comparison import Cell, Comparison, Sweep
from initscope.comparison.family import ALPHA, Family
from initscope.report import numbers
from initscope.training import typed

EQUAL = "all equal"
"""Stands in a table where an interval would have no width."""


def intervals(cells: Sequence[Cell]) -> list[str]:
    """Say what brackets are, and what is known where all values are equal."""
    notes = ["Brackets are 95% intervals: Wilson for rates, Student's t for means."]
    counts = [number for cell in cells for number in _equal(cell)]
    if counts:
        share = numbers.percent(1 - ALPHA ** (1 / min(counts)))
        notes.append(
            f"{EQUAL}: no spread, so no interval; of {min(counts)} equal values, up to {share} of "
            "all networks may still give another."
        )
    return notes


def _equal(cell: Cell) -> list[int]:
    """Return how many values stand behind each interval that equal values leave out."""
    of_scores, score, difference = cell.trained or cell.stuck, cell.test_accuracy, cell.difference
    return [
        number
        for number, found in ((of_scores, score), (cell.n, difference))
        if found and found.ci95 is None and number > 1
    ]


def difference(comparison: Comparison, score: str, *, swept: bool = False) -> list[str]:
    """Say what differences are taken to, what they are corrected for and why, if there are any."""
    family = comparison.family
    if not family.size:
        return []
    kind = "reference" if family.named else "best"
    to = typed(comparison.against.hidden)
    if swept:
        to = f"{to if family.named else 'the best'} at the same combination of the axes"
    return [
        f"against {kind}: difference of the {score} of one run to {to}, failures included; p from "
        f"a paired permutation test. {_correction(family, swept=swept)}",
        *attainable(family),
    ]


def _correction(family: Family, *, swept: bool) -> str:
    """Say how many tests p-values and intervals are corrected for, and why so many."""
    each = " of a combination" if swept else ""
    alone = f" {_ALONE}" if swept else ""
    if family.size == 1:
        return (
            f"There is one pair{' at each' if swept else ''}, so that nothing is corrected.{alone}"
        )
    if family.named:
        return (
            "It was named in advance: p (Holm) and intervals (Bonferroni) are corrected for its "
            f"{family.size} comparisons{each}.{alone}"
        )
    return (
        "The results chose the best: p (Holm) and intervals (Bonferroni) are corrected for all "
        f"{family.size} pairs{each}; a --reference named in advance asks for {family.cells - 1}."
        f"{alone}"
    )


_ALONE = "Of 20 combinations in which all are equal, about one has p below 0.05."


def attainable(family: Family, what: str = "seeds") -> list[str]:
    """Say that no difference can come out as one, where the seeds or splits are too few for it."""
    if family.smallest_p <= ALPHA:
        return []
    tests = f" times {family.size}" if family.size > 1 else ""
    return [
        f"too few {what} for p below {ALPHA:g}, whatever the difference: of {family.seeds} the "
        f"least is {family.smallest_p:.3g} (2/2^{family.seeds}{tests}); {family.enough_seeds} are "
        "enough."
    ]


def split(comparison: Comparison) -> str:
    """Say over what intervals and tests generalize: networks, not splits of the data."""
    seed = comparison.experiment.setting.data.split_seed
    return (
        f"All of this is for one split of the data (split seed {seed}): other splits may differ by "
        "more than initializers do; --sweep split_seed=1,2,3,4,5 shows it."
    )


def splits(sweep: Sweep) -> str:
    """Say the same of a sweep, at each of whose combinations there may be another split."""
    if "split_seed" not in sweep.axes:
        return split(sweep.comparisons[0])
    return (
        "Each combination has its own split of the data, for which alone its intervals and tests "
        "are; cells of different splits are not compared with each other."
    )
