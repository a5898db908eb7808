"""The result of a comparison: one summary a cell, and the networks behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from initscope.comparison import notebook
from initscope.comparison.cell import Cell, finite, first_epoch, summary_of
from initscope.comparison.differences import Difference, differences
from initscope.comparison.experiment import Experiment
from initscope.comparison.family import Family
from initscope.comparison.frames import Tidy
from initscope.comparison.statistics import (
    ANYTHING,
    SHARE,
    Interval,
    Summary,
    sample_summary,
    summarize,
)
from initscope.comparison.tuning import Tuning
from initscope.store import Record
from initscope.training import Data, Initialization, Route, typed

SCHEMA_VERSION = 2
"""Version of the JSON form."""

THRESHOLD = 0.9
"""Default test accuracy whose first epoch is reported."""

R2_THRESHOLD = 0.4
"""The same for regression: R squared."""


def default_threshold(data: Data) -> float:
    """Return the score whose first epoch is reported where none is named."""
    return THRESHOLD if data.classes else R2_THRESHOLD


@dataclass(frozen=True, slots=True)
class Throughput:
    """How many networks were trained, and the seconds between the first start and the last end."""

    networks: int
    seconds: float


@dataclass(frozen=True)
class Comparison(Tidy):
    """Initializers compared by training: the records of all networks and their statistics.

    Attributes:
        experiment: what was compared.
        records: every network.
        baseline: score of what needs no network: test accuracy of always answering the most
            frequent class, or R squared of the mean of the training target.
        threshold: the test score of `Cell.epochs_to_threshold`.
        throughput: what was trained this time; the rest came from the store.
        storage: URL of the store, without its password.
        target_scale: unit of the loss's root for regression.
        tuning: the search for each initialization's learning rate, where there was one.
        reference: what differences are taken to, where it was named in advance; else the best.
    """

    experiment: Experiment
    records: Sequence[Record] = field(repr=False)
    baseline: float
    threshold: float
    throughput: Throughput
    storage: str
    target_scale: float = 1.0
    tuning: Tuning | None = None
    reference: Initialization | None = None

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """One summary an initialization, in the order in which they were given."""
        scores = [self.scores(cell) for cell in self.experiment.cells]
        reference = self.experiment.cells.index(self.against)
        found = differences(scores, reference, self.family, self.difference_range)
        return tuple(map(self._summary, self.experiment.cells, found))

    def _summary(self, cell: Initialization, difference: Difference | None) -> Cell:
        """Summarize the networks of one initialization."""
        group = self.of(cell)
        summary = summary_of(cell, group, self.threshold, difference, self.score_range)
        if self.tuning:
            summary = replace(summary, learning_rate=self.tuning.rate(cell))
        if not self.regression:
            return summary
        losses = finite(record.test_loss[-1] for record in group if record.outcome == summary.over)
        rmse = summarize(self.target_scale * np.sqrt(losses), (0.0, math.inf))
        return replace(summary, rmse=rmse)

    @property
    def route(self) -> Route:
        """How the networks are trained, why, and how many together."""
        return self.experiment.setting.route

    @property
    def regression(self) -> bool:
        """Whether the score is R squared, in place of the accuracy."""
        return not self.experiment.setting.data.classes

    @property
    def score_range(self) -> Interval:
        """Where scores lie: an accuracy is a share, R squared is at most 1."""
        return (-math.inf, 1.0) if self.regression else SHARE

    @property
    def difference_range(self) -> Interval:
        """Where differences of scores lie."""
        return ANYTHING if self.regression else (-1.0, 1.0)

    @property
    def best(self) -> Cell:
        """The initialization of highest expected accuracy.

        Expected accuracy is the mean over all seeds of what one run gives, a diverged network
        counting as the baseline.
        """
        return self.cells[self.experiment.cells.index(self._best)]

    @cached_property
    def _best(self) -> Initialization:
        return max(self.experiment.cells, key=lambda cell: float(self.scores(cell).mean()))

    @property
    def against(self) -> Initialization:
        """What differences are taken to: the reference that was named, or the best."""
        return self.reference or self._best

    @property
    def family(self) -> Family:
        """Which differences are corrected for together."""
        cells, seeds = len(self.experiment.cells), len(self.experiment.seeds)
        return Family(cells, seeds, named=self.reference is not None)

    def label(self, cell: Initialization) -> str:
        """Name a cell as shortly as it can be told from the others."""
        alike = [other for other in self.experiment.cells if other.hidden == cell.hidden]
        return typed(cell.hidden) if len(alike) == 1 else str(cell)

    def of(self, cell: Initialization) -> list[Record]:
        """Return the networks of one initialization, in the order of the seeds."""
        found = self._by_cell[str(cell)]
        return [found[seed] for seed in self.experiment.seeds]

    @cached_property
    def _by_cell(self) -> dict[str, dict[int, Record]]:
        groups: dict[str, dict[int, Record]] = {}
        for record in self.records:
            groups.setdefault(record.cell, {})[record.seed] = record
        return groups

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, as the command's JSON shows it."""
        return {
            "schema_version": SCHEMA_VERSION,
            **self.describe(),
            **self.summed_up(),
            "cells": [cell.to_dict() for cell in self.cells],
            **self.searched(),
            "throughput": asdict(self.throughput),
            "storage": self.storage,
        }

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return notebook.comparison_table(self)

    def describe(self) -> dict[str, Any]:
        """Return what was compared, as plain data."""
        return {
            "experiment": self.experiment.setting.id,
            "setting": self.experiment.setting.to_dict(),
            "route": _plain_route(self.route),
            "seeds": len(self.experiment.seeds),
            "baseline_r2" if self.regression else "majority_share": self.baseline,
            "threshold": self.threshold,
        }

    def summed_up(self) -> dict[str, Any]:
        """Return the best and what differences are taken to, as plain data."""
        return {
            "best": self.best.initializer,
            "reference": {
                "initializer": typed(self.against.hidden),
                "named": self.family.named,
                "tests": self.family.size,
                "smallest_p_holm": self.family.smallest_p,
            },
        }

    def searched(self) -> dict[str, Any]:
        """Return the search for learning rates as plain data, where there was one."""
        return {"tuning": self.tuning.to_dict()} if self.tuning else {}

    def to_records(self) -> list[dict[str, Any]]:
        return [
            {
                "initializer": typed(cell.hidden),
                "head": typed(cell.head),
                **({"learning_rate": self.tuning.rate(cell)} if self.tuning else {}),
                "seed": record.seed,
                "outcome": record.outcome,
                "r2" if self.regression else "test_accuracy": record.test_accuracy[-1],
                "test_loss": record.test_loss[-1],
                "train_loss": record.train_loss[-1],
                "epochs_to_threshold": first_epoch(record, self.threshold),
            }
            for cell in self.experiment.cells
            for record in self.of(cell)
        ]

    def expected(self, cell: Initialization) -> Summary:
        """Summarize `scores`: the expected score of one run."""
        return sample_summary(self.scores(cell), self.score_range)

    def scores(self, cell: Initialization) -> NDArray[np.float64]:
        """What one run of each seed gives: its score, or where it diverged the baseline."""
        group = self.of(cell)
        accuracies = [record.test_accuracy[-1] for record in group]
        return np.array(
            [
                self.baseline if record.outcome == "diverged" or accuracy is None else accuracy
                for record, accuracy in zip(group, accuracies, strict=True)
            ]
        )


def _plain_route(route: Route) -> dict[str, Any]:
    """Return a route as plain data, without what differs from run to run."""
    return {name: value for name, value in asdict(route).items() if name != "seconds"}
