"""The results store: one row a trained network, in SQLite or PostgreSQL.

A network is identified by (experiment, cell, seed). Rows are only ever inserted, and an insertion
that meets an existing row does nothing, so that a retry or a second process loses and doubles
nothing, and a run that was cut off resumes where it stopped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from initscope.errors import InputError, MissingExtraError, StorageError
from initscope.store.record import Record
from initscope.store.schema import SCHEMA_VERSION, about, experiments, metadata, networks

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LOCK = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(hashtext('initscope_store'))",
}
"""Taken while tables are created, so that of several processes one creates and the others see."""

_DRIVER = {"postgresql": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True)
class StoredExperiment:
    """One experiment of a store, with the number of networks in each cell."""

    id: str
    created: datetime
    setting: Mapping[str, Any]
    counts: Mapping[str, int]


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
        self._url = _parse(url)
        self.url = self._url.render_as_string(hide_password=True)
        """The URL without its password."""
        if not create:
            _require_file(self._url)
        self._engine = _engine(self._url)
        try:
            self._open(create)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()

    def add_experiment(self, experiment: str, setting: Mapping[str, Any]) -> None:
        """Register an experiment; does nothing if it is registered."""
        row = {"id": experiment, "created": datetime.now(UTC), "setting": dict(setting)}
        self._insert(experiments, [row])

    def add(self, experiment: str, records: Iterable[Record]) -> None:
        """Store trained networks in one transaction; those that are stored stay as they are."""
        self._insert(networks, [_row(experiment, record) for record in records])

    def seeds(self, experiment: str) -> dict[str, set[int]]:
        """Return the seeds that are stored, by cell."""
        query = sql.select(networks.c.cell, networks.c.seed)
        found: dict[str, set[int]] = {}
        for cell, seed in self._read(query.where(networks.c.experiment == experiment)):
            found.setdefault(cell, set()).add(seed)
        return found

    def records(self, experiment: str) -> list[Record]:
        """Return every network of an experiment, ordered by cell and seed."""
        query = sql.select(
            networks.c.cell, networks.c.seed, networks.c.outcome, networks.c.curves
        ).where(networks.c.experiment == experiment)
        rows = self._read(query.order_by(networks.c.cell, networks.c.seed))
        return [_record(*row) for row in rows]

    def experiments(self) -> list[StoredExperiment]:
        """Return every experiment, the oldest first."""
        count = sql.func.count().label("count")
        grouped = sql.select(networks.c.experiment, networks.c.cell, count)
        counts: dict[str, dict[str, int]] = {}
        for experiment, cell, number in self._read(
            grouped.group_by(networks.c.experiment, networks.c.cell).order_by(networks.c.cell)
        ):
            counts.setdefault(experiment, {})[cell] = number
        rows = self._read(sql.select(experiments).order_by(experiments.c.created))
        return [
            StoredExperiment(name, _aware(created), setting, counts.get(name, {}))
            for name, created, setting in rows
        ]

    def _open(self, create: bool) -> None:
        with self._explained("open"), self._engine.begin() as connection:
            if create:
                connection.exec_driver_sql(_LOCK[self._engine.dialect.name])
            version = None
            if sql.inspect(connection).has_table(about.name):
                version = connection.scalar(sql.select(sql.func.max(about.c.schema_version)))
            elif create:
                metadata.create_all(connection)
                connection.execute(sql.insert(about).values(schema_version=SCHEMA_VERSION))
                version = SCHEMA_VERSION
        if version is None:
            raise StorageError(f"{self.url} is not a store of initscope: name another --storage")
        if version > SCHEMA_VERSION:
            raise StorageError(
                f"{self.url} has schema {version}, this initscope knows {SCHEMA_VERSION}: "
                "upgrade initscope, or name another --storage"
            )

    def _insert(self, table: sql.Table, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        insert = _INSERT[self._engine.dialect.name](table).on_conflict_do_nothing()
        with self._explained("write to"), self._engine.begin() as connection:
            connection.execute(insert, rows)

    def _read(self, query: sql.Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        with self._explained("read"), self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    @contextmanager
    def _explained(self, action: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StorageError(
                f"cannot {action} the store {self.url}: {cause}; name another with --storage"
            ) from error


def _parse(url: str) -> sql.URL:
    try:
        parsed = sql.make_url(url)
    except ArgumentError:
        raise InputError(
            f"cannot read storage {url!r}: expected a database URL, such as sqlite:///{url}"
        ) from None
    if parsed.get_backend_name() not in _INSERT:
        raise InputError(
            f"storage {url!r} is not supported: expected sqlite:///path.db or postgresql://..."
        )
    return parsed.set(drivername=_DRIVER.get(parsed.drivername, parsed.drivername))


def _require_file(url: sql.URL) -> None:
    """Refuse to create an empty SQLite file only to read from it."""
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise StorageError(f"there is no store at {url.database}: name another with --storage")


def _engine(url: sql.URL) -> sql.Engine:
    memory = url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    options = {"poolclass": sql.StaticPool} if memory else {}
    try:
        engine = sql.create_engine(url, **options)
    except NoSuchModuleError:
        raise InputError(f"storage driver {url.drivername!r} is unknown") from None
    except ModuleNotFoundError:
        raise MissingExtraError("a PostgreSQL store", "postgres") from None
    if engine.dialect.name == "sqlite":
        sql.event.listen(engine, "connect", _configure_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 30000")
    # Readers and one writer do not block each other. The mode is the file's: where the file is
    # locked, because another process opens it too, that process sets it.
    with suppress(sqlite3.OperationalError):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


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
