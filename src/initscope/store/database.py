"""The database of a store: opened, created where it is missing, and explained where it fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from initscope.errors import InputError, MissingExtraError, StorageError
from initscope.store.schema import ADDED, SCHEMA_VERSION, about, metadata

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_LOCK = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(hashtext('initscope_store'))",
}
"""Taken while tables are created, so that of several processes one creates and the others see."""

_DRIVER = {"postgresql": "postgresql+psycopg"}


class Database:
    """A database with the tables of a store; see `Store` for the arguments and what is raised."""

    def __init__(self, url: str, *, create: bool) -> None:
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

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()

    def insert(self, table: sql.Table, rows: list[dict[str, Any]]) -> None:
        """Insert rows in one transaction; those that meet an existing row do nothing."""
        if not rows:
            return
        insert = _INSERT[self._engine.dialect.name](table).on_conflict_do_nothing()
        with self._explained("write to"), self._engine.begin() as connection:
            connection.execute(insert, rows)

    def read(self, query: sql.Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._explained("read"), self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

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
            if create and version == SCHEMA_VERSION:
                metadata.create_all(connection, tables=ADDED)
            self.tables = frozenset(sql.inspect(connection).get_table_names())
        if version is None:
            raise StorageError(f"{self.url} is not a store of initscope: name another --storage")
        if version > SCHEMA_VERSION:
            raise StorageError(
                f"{self.url} has schema {version}, this initscope knows {SCHEMA_VERSION}: "
                "upgrade initscope, or name another --storage"
            )

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
