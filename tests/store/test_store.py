"""A store keeps each network once, whatever happens around it. The contract, for every backend."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sql

from initscope import InputError, MissingExtraError, StorageError
from initscope.store import Record, Store
from initscope.store.schema import metadata


def record(cell: str, seed: int, loss: float | None = 0.5) -> Record:
    outcome = "diverged" if loss is None else "trained"
    norms = ((0.5, 1e-20), (None, loss))
    return Record(cell, seed, outcome, (loss,), (1.1, loss), (0.25, 0.75), norms)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    """A fresh database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server = request.getfixturevalue("postgres_url")
    name = f"test_{uuid.uuid4().hex}"
    engine = sql.create_engine(
        server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sql.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def test_records_come_back_as_they_were(url):
    """What was added is read back equal, ordered by cell and seed, also from a new connection."""
    records = [record("zeros", 2), record("he, head zeros", 1, None), record("zeros", 0, 1 / 3)]
    with Store(url) as store:
        store.add_experiment("e", {"a": [1, {"b": None}]})
        store.add("e", records)
    with Store(url, create=False) as store:
        assert store.records("e") == [records[1], records[2], records[0]]
        assert store.seeds("e") == {"zeros": {0, 2}, "he, head zeros": {1}}
        assert store.records("other") == []


def test_networks_of_an_older_version_have_no_gradient_norms(url):
    """What was stored before there were gradient norms is read, with none."""
    old = Record("zeros", 0, "stuck", (1.0,), (1.0, 1.0), (0.5, 0.5))
    with Store(url) as store:
        store.add_experiment("e", {})
        store.add("e", [old])
        curves = {"train_loss": [1.0], "test_loss": [1.0, 1.0], "test_accuracy": [0.5, 0.5]}
        networks = metadata.tables["networks"]
        with store._database._engine.begin() as connection:
            connection.execute(sql.update(networks).values(curves=curves))
        assert store.records("e") == [old]


def test_adding_twice_keeps_the_first(url):
    """A row that exists is neither doubled nor changed, and does not stop those beside it."""
    with Store(url) as store:
        store.add_experiment("e", {"version": 1})
        store.add_experiment("e", {"version": 2})
        store.add("e", [record("zeros", 0, 0.5)])
        store.add("e", [record("zeros", 0, 0.9), record("zeros", 1, 0.7)])
        store.add("e", [])
        assert store.records("e") == [record("zeros", 0, 0.5), record("zeros", 1, 0.7)]
        assert [found.setting for found in store.experiments()] == [{"version": 1}]


def test_experiments_are_listed_with_their_counts(url):
    """The list is in order of creation, in UTC, and counts each cell."""
    with Store(url) as store:
        for name in ("b", "a"):
            store.add_experiment(name, {})
        store.add("b", [record("x", 0), record("x", 1), record("y", 0)])
        first, second = store.experiments()
    assert (first.id, first.counts) == ("b", {"x": 2, "y": 1})
    assert (second.id, second.counts) == ("a", {})
    assert abs(datetime.now(UTC) - first.created) < timedelta(minutes=5)


def test_several_processes_lose_and_double_nothing(url):
    """Writers of overlapping rows leave every row exactly once, from an empty database."""
    pipe = subprocess.PIPE
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(start)], stdin=pipe, stdout=pipe, stderr=pipe
        )
        for start in (0, 0, 20, 40)
    ]
    for writer in writers:
        assert writer.stdout
        writer.stdout.readline()  # imported and ready: now all start at once
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors.decode()
    with Store(url) as store:
        assert [found.seed for found in store.records("e")] == list(range(100))
        assert len(store.experiments()) == 1


WRITER = """
import sys
from initscope.store import Record, Store
url, start = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
with Store(url) as store:
    store.add_experiment("e", {})
    for seed in range(start, start + 60):
        store.add("e", [Record("zeros", seed, "stuck", (1.0,), (1.0,), (0.5,))])
"""


def test_a_newer_schema_is_refused(url):
    """A store of a later version is not touched; the line says what to do."""
    with Store(url) as store, store._database._engine.begin() as connection:
        connection.execute(sql.text("UPDATE initscope_store SET schema_version = 99"))
    with pytest.raises(StorageError, match=r"has schema 99, this initscope knows 1: upgrade"):
        Store(url)


def test_a_database_of_something_else_is_not_read(url):
    """Reading asks for a store and does not make one."""
    if url.startswith("sqlite"):
        sqlite3.connect(url.removeprefix("sqlite:///")).execute("CREATE TABLE t (x)").close()
    with pytest.raises(StorageError, match="is not a store of initscope"):
        Store(url, create=False)


def test_memory_is_a_store_too():
    """sqlite:// keeps everything until it is closed."""
    with Store("sqlite://") as store:
        store.add_experiment("e", {})
        store.add("e", [record("zeros", 0)])
        assert store.records("e") == [record("zeros", 0)]


def test_a_file_that_is_no_database_is_refused_and_stays(tmp_path):
    """A user's file is neither opened as a store nor changed."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database" * 100)
    with pytest.raises(StorageError, match="file is not a database"):
        Store(f"sqlite:///{path}")
    assert path.read_text() == "not a database" * 100


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("results.db", InputError, "expected a database URL, such as sqlite:///results.db"),
        ("mysql://host/db", InputError, "expected sqlite:///path.db or postgresql://"),
        ("sqlite:////no/such/folder/x.db", StorageError, "unable to open database file"),
        ("postgresql://u:secret@127.0.0.1:1/db", StorageError, "Connection refused"),
        ("sqlite+nothing:///x.db", InputError, "driver 'sqlite\\+nothing' is unknown"),
    ],
)
def test_a_store_that_cannot_be_opened_is_one_line(url, error, message):
    """The line names the store, without its password, and the cause."""
    with pytest.raises(error, match=message) as caught:
        Store(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_not_created_to_be_read(tmp_path):
    """Listing a store that is not there leaves no file behind."""
    with pytest.raises(StorageError, match="there is no store at"):
        Store(f"sqlite:///{tmp_path}/none.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_driver_names_the_extra(monkeypatch):
    """Without psycopg the line says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'initscope\[postgres\]'"):
        Store("postgresql://localhost/db")


def test_the_schema_is_the_one_of_its_version():
    """A change of a table must come with a new SCHEMA_VERSION; a new table, with this list."""
    columns = {
        table.name: [column.name for column in table.columns] for table in metadata.sorted_tables
    }
    assert columns == {
        "initscope_store": ["schema_version"],
        "experiments": ["id", "created", "setting"],
        "networks": [
            "experiment",
            "cell",
            "seed",
            "outcome",
            "test_accuracy",
            "test_loss",
            "train_loss",
            "curves",
        ],
        "checks": ["id", "name", "created", "report"],
        "claim_evidence": ["claim", "recipe", "effort", "seed_set", "created", "measured"],
    }


def test_checks_stand_beside_each_other(url):
    """Reports of one name are all kept, the newest first; those who look get what was stored."""
    with Store(url) as store:
        before = len(store.checks())
        store.add_check("net", {"findings": [], "loss": None})
        store.add_check("net", {"findings": [1], "loss": 0.5})
    with Store(url, create=False) as store:
        found = store.checks()
    assert len(found) == before + 2
    assert [each.report["findings"] for each in found[:2]] == [[1], []]
    assert found[0].id > found[1].id
    assert found[0].created.tzinfo is not None
