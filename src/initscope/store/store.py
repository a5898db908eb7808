"""The results store: one row a trained network, in SQLite or PostgreSQL.

A network is identified by (experiment, cell, seed). Rows are only ever inserted, and an insertion
that meets an existing row does nothing, so that a retry or a second process loses and doubles
nothing, and a run that was cut off resumes where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sql

from initscope.store.database import Database
from initscope.store.record import Record
from initscope.store.schema import checks, evidence, experiments, networks

EvidenceKey = tuple[int, int, str, int]
"""Number of a claim, version of its experiment, effort, set of seeds."""

_EVIDENCE_KEY = ("claim", "recipe", "effort", "seed_set")


@dataclass(frozen=True, slots=True)
class StoredExperiment:
    """One experiment of a store, with the number of networks in each cell."""

    id: str
    created: datetime
    setting: Mapping[str, Any]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """One report of a check.

    Attributes:
        id: counted up by the store.
        name: that it was given.
        created: when it was stored.
        report: as plain data.
    """

    id: int
    name: str
    created: datetime
    report: Mapping[str, Any]


class Store:
    """A results store at a database URL; use it in a ``with`` statement.

    Args:
        url: ``sqlite:///path.db``, ``sqlite://`` (in memory) or ``postgresql://...``.
        create: whether to create the tables where they are missing.

    Raises:
        InputError: the URL cannot be read.
        StorageError: the database cannot be opened, or was written by a newer initscope.
        MissingExtraError: the driver of the database is not installed.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self._database = Database(url, create=create)
        self.url = self._database.url
        """The URL without its password."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Release every connection."""
        self._database.close()

    def add_experiment(self, experiment: str, setting: Mapping[str, Any]) -> None:
        """Register an experiment; does nothing if it is registered."""
        row = {"id": experiment, "created": datetime.now(UTC), "setting": dict(setting)}
        self._database.insert(experiments, [row])

    def add(self, experiment: str, records: Iterable[Record]) -> None:
        """Store trained networks in one transaction; those that are stored stay as they are."""
        self._database.insert(networks, [_row(experiment, record) for record in records])

    def seeds(self, experiment: str) -> dict[str, set[int]]:
        """Return the seeds that are stored, by cell."""
        query = sql.select(networks.c.cell, networks.c.seed)
        found: dict[str, set[int]] = {}
        for cell, seed in self._database.read(query.where(networks.c.experiment == experiment)):
            found.setdefault(cell, set()).add(seed)
        return found

    def records(self, experiment: str) -> list[Record]:
        """Return every network of an experiment, ordered by cell and seed."""
        query = sql.select(
            networks.c.cell, networks.c.seed, networks.c.outcome, networks.c.curves
        ).where(networks.c.experiment == experiment)
        rows = self._database.read(query.order_by(networks.c.cell, networks.c.seed))
        return [_record(*row) for row in rows]

    def outcomes(self, experiment: str) -> dict[str, dict[str, int]]:
        """Return how many networks of an experiment came to which end, by cell."""
        columns = networks.c.cell, networks.c.outcome
        query = sql.select(*columns, sql.func.count()).where(networks.c.experiment == experiment)
        found: dict[str, dict[str, int]] = {}
        rows = self._database.read(query.group_by(*columns).order_by(*columns))
        for cell, outcome, number in rows:
            found.setdefault(cell, {})[outcome] = number
        return found

    def experiments(self) -> list[StoredExperiment]:
        """Return every experiment, the oldest first."""
        count = sql.func.count().label("count")
        grouped = sql.select(networks.c.experiment, networks.c.cell, count)
        counts: dict[str, dict[str, int]] = {}
        for experiment, cell, number in self._database.read(
            grouped.group_by(networks.c.experiment, networks.c.cell).order_by(networks.c.cell)
        ):
            counts.setdefault(experiment, {})[cell] = number
        rows = self._database.read(sql.select(experiments).order_by(experiments.c.created))
        return [
            StoredExperiment(name, _aware(created), setting, counts.get(name, {}))
            for name, created, setting in rows
        ]

    def add_evidence(self, key: EvidenceKey, measured: Mapping[str, Any]) -> None:
        """Store what a claim's experiment measured; what is stored stays as it is."""
        row: dict[str, Any] = dict(zip(_EVIDENCE_KEY, key, strict=True))
        row |= {"created": datetime.now(UTC), "measured": dict(measured)}
        self._database.insert(evidence, [row])

    def evidence(self, key: EvidenceKey) -> Mapping[str, Any] | None:
        """Return what a claim's experiment measured, None where it is not stored."""
        if evidence.name not in self._database.tables:
            return None
        query = sql.select(evidence.c.measured)
        for name, value in zip(_EVIDENCE_KEY, key, strict=True):
            query = query.where(evidence.c[name] == value)
        rows = self._database.read(query)
        return rows[0][0] if rows else None

    def add_check(self, name: str, report: Mapping[str, Any]) -> None:
        """Store a report of a check, beside others of the same name."""
        row = {"name": name, "created": datetime.now(UTC), "report": dict(report)}
        self._database.insert(checks, [row])

    def checks(self) -> list[StoredCheck]:
        """Return every report of a check, the newest first."""
        if checks.name not in self._database.tables:
            return []
        rows = self._database.read(sql.select(checks).order_by(checks.c.id.desc()))
        return [
            StoredCheck(number, name, _aware(created), report)
            for number, name, created, report in rows
        ]


def _aware(moment: datetime) -> datetime:
    """Return a moment with its zone, which SQLite does not keep; it is always UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _row(experiment: str, record: Record) -> dict[str, Any]:
    return {
        "experiment": experiment,
        "cell": record.cell,
        "seed": record.seed,
        "outcome": record.outcome,
        "test_accuracy": record.test_accuracy[-1],
        "test_loss": record.test_loss[-1],
        "train_loss": record.train_loss[-1],
        "curves": {
            "train_loss": record.train_loss,
            "test_loss": record.test_loss,
            "test_accuracy": record.test_accuracy,
            "gradient_norms": record.gradient_norms,
        },
    }


def _record(cell: str, seed: int, outcome: str, curves: Mapping[str, list[Any]]) -> Record:
    norms = tuple(map(tuple, curves.get("gradient_norms", ())))
    rest = {name: tuple(curve) for name, curve in curves.items() if name != "gradient_norms"}
    return Record(cell, seed, outcome, **rest, gradient_norms=norms)
