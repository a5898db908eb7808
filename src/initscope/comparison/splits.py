"""Initializers compared over several splits of the data, each split counting as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from initscope.comparison.axes import Coordinates
from initscope.comparison.differences import Difference, differences
from initscope.comparison.family import Family
from initscope.comparison.result import Comparison
from initscope.comparison.statistics import Summary, sample_summary
from initscope.training import Initialization, typed


@dataclass(frozen=True, slots=True)
class Overall:
    """The expected score of an initializer over splits of the data.

    Networks of one split share its luck, so that a split is one value: the mean over its networks.

    Attributes:
        coordinates: where, without the axes that change the test data.
        cell: the initialization.
        score: of the splits' expected scores.
        difference: the same, split by split, to the best over all splits or to the reference that
            was named; None for that one itself.
    """

    coordinates: Coordinates
    cell: Initialization
    score: Summary
    difference: Difference | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            **self.coordinates,
            "initializer": typed(self.cell.hidden),
            "score": asdict(self.score),
            "difference": asdict(self.difference) if self.difference else None,
        }


def over(coordinates: Coordinates, found: Sequence[Comparison]) -> list[Overall]:
    """Compare initializers over comparisons of the same on different splits."""
    first = found[0]
    cells = first.experiment.cells
    means = [np.array([each.expected(cell).mean for each in found]) for cell in cells]
    best = int(np.argmax([row.mean() for row in means]))
    reference = cells.index(first.reference) if first.reference else best
    family = Family(len(cells), len(found), named=first.reference is not None)
    told = differences(means, reference, family, first.difference_range)
    return [
        Overall(coordinates, cell, sample_summary(row, first.score_range), difference)
        for cell, row, difference in zip(cells, means, told, strict=True)
    ]
