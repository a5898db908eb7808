"""The result of a sweep: a comparison at every combination of its axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from initscope.comparison import notebook
from initscope.comparison.axes import TEST_DATA, Coordinates, Value
from initscope.comparison.cell import Cell
from initscope.comparison.experiment import Experiment
from initscope.comparison.frames import Tidy
from initscope.comparison.result import SCHEMA_VERSION, Comparison, Throughput
from initscope.comparison.splits import Overall, over
from initscope.training import typed


@dataclass(frozen=True)
class Point:
    """One combination of the axes.

    Attributes:
        coordinates: the value on each axis.
        comparison: the initializers compared there.
    """

    coordinates: Coordinates
    comparison: Comparison

    @property
    def cells(self) -> tuple[Cell, ...]:
        """One summary an initialization, each compared with the best or the reference there."""
        return self.comparison.cells


@dataclass(frozen=True)
class Sweep(Tidy):
    """Initializers compared at every combination of some axes, all paired by seed.

    Attributes:
        base: what all points share, before the axes change it.
        axes: the values on each axis.
        coordinates: of every point, the last axis varying fastest.
        comparisons: the comparison at every point.
        throughput: what was trained this time; the rest came from the store.
    """

    base: Experiment
    axes: Mapping[str, Sequence[Value]]
    coordinates: Sequence[Coordinates]
    comparisons: Sequence[Comparison]
    throughput: Throughput

    @property
    def storage(self) -> str:
        """URL of the store, without its password."""
        return self.comparisons[0].storage

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every point; its initializers are compared with each other, not with other points'."""
        return tuple(map(Point, self.coordinates, self.comparisons))

    @cached_property
    def overall(self) -> tuple[Overall, ...]:
        """Every initializer at every combination of the axes that leave the test data alone."""
        places: dict[tuple[tuple[str, Value], ...], list[Comparison]] = {}
        for point in self.points:
            place = tuple(at for at in point.coordinates.items() if at[0] not in TEST_DATA)
            places.setdefault(place, []).append(point.comparison)
        return tuple(each for place, found in places.items() for each in over(dict(place), found))

    @property
    def best(self) -> Overall:
        """The highest expected score, which is told and not tested.

        Scores on different test data are not compared: over such axes they are averaged.
        """
        return max(self.overall, key=lambda each: each.score.mean)

    @property
    def splits(self) -> int:
        """How many splits of the data there are at each of the other axes' combinations."""
        if "split_seed" not in self.axes:
            return 1
        return math.prod(len(self.axes[name]) for name in TEST_DATA if name in self.axes)

    def to_records(self) -> list[dict[str, Any]]:
        return [
            {**point.coordinates, **row}
            for point in self.points
            for row in point.comparison.to_records()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, as the command's JSON shows it."""
        best = self.best
        return {
            "schema_version": SCHEMA_VERSION,
            "axes": {name: list(values) for name, values in self.axes.items()},
            "seeds": len(self.base.seeds),
            "best": {**best.coordinates, "initializer": typed(best.cell.hidden)},
            **(
                {"over_splits": [each.to_dict() for each in self.overall]}
                if self.splits > 1
                else {}
            ),
            "points": [_plain(each) for each in self.points],
            "throughput": asdict(self.throughput),
            "storage": self.storage,
        }

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return notebook.sweep_table(self)


def _plain(point: Point) -> dict[str, Any]:
    shared = ("experiment", "setting", "route", "majority_share", "baseline_r2", "threshold")
    whole = point.comparison.describe()
    return {
        "coordinates": dict(point.coordinates),
        **{name: whole[name] for name in shared if name in whole},
        **point.comparison.summed_up(),
        "cells": [cell.to_dict() for cell in point.cells],
        **point.comparison.searched(),
    }
