"""The result of a sweep: a comparison at every combination of its axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from initscope.comparison.axes import Coordinates, Value
from initscope.comparison.experiment import Experiment
from initscope.comparison.frames import Tidy
from initscope.comparison.result import SCHEMA_VERSION, Cell, Comparison, Throughput, summaries


@dataclass(frozen=True)
class Point:
    """One combination of the axes.

    Attributes:
        coordinates: the value on each axis.
        comparison: the initializers compared there.
        cells: one summary an initialization, compared with the best of the whole sweep.
    """

    coordinates: Coordinates
    comparison: Comparison
    cells: tuple[Cell, ...]


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
        """Every point with its summaries; differences are to the best cell of the sweep."""
        entries = [(each, cell) for each in self.comparisons for cell in self.base.cells]
        found, width = summaries(entries), len(self.base.cells)
        return tuple(
            Point(coordinates, comparison, tuple(found[index * width : (index + 1) * width]))
            for index, (coordinates, comparison) in enumerate(
                zip(self.coordinates, self.comparisons, strict=True)
            )
        )

    @property
    def best(self) -> tuple[Point, Cell]:
        """The point and the summary of highest expected score."""
        return next(
            (point, cell)
            for point in self.points
            for cell in point.cells
            if cell.difference_to_best is None
        )

    def to_records(self) -> list[dict[str, Any]]:
        return [
            {**point.coordinates, **row}
            for point in self.points
            for row in point.comparison.to_records()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, as the command's JSON shows it."""
        point, cell = self.best
        return {
            "schema_version": SCHEMA_VERSION,
            "axes": {name: list(values) for name, values in self.axes.items()},
            "seeds": len(self.base.seeds),
            "best": {**point.coordinates, "initializer": cell.initializer},
            "points": [_plain(each) for each in self.points],
            "throughput": asdict(self.throughput),
            "storage": self.storage,
        }


def _plain(point: Point) -> dict[str, Any]:
    shared = ("experiment", "setting", "route", "majority_share", "baseline_r2", "threshold")
    whole = point.comparison.describe()
    return {
        "coordinates": dict(point.coordinates),
        **{name: whole[name] for name in shared if name in whole},
        "cells": [cell.to_dict() for cell in point.cells],
        **point.comparison.searched(),
    }
