"""Results are rows for any data frame."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

import initscope
from initscope import MLP, MissingExtraError, Training


@pytest.fixture(scope="module")
def sweep():
    return initscope.compare(
        "iris",
        ["he_normal", "zeros"],
        seeds=2,
        network=MLP((4,)),
        training=Training(epochs=2),
        sweep={"lr": [0.01, 0.1]},
    )


def test_records_are_one_row_a_network_with_the_same_keys(sweep):
    """A sweep's rows are those of its comparisons, with the coordinates before them."""
    rows = sweep.to_records()
    assert len(rows) == 8
    assert len({tuple(row) for row in rows}) == 1
    assert [row["lr"] for row in rows] == [0.01] * 4 + [0.1] * 4
    assert rows[4:] == [{"lr": 0.1, **row} for row in sweep.comparisons[1].to_records()]


def test_pandas_gets_the_records(sweep):
    """A column for each key, a line for each network."""
    pandas = pytest.importorskip("pandas")
    frame = sweep.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame.groupby("initializer")["seed"].count().to_dict() == {"he_normal": 4, "zeros": 4}


def test_polars_gets_the_records(sweep, monkeypatch):
    """All rows decide on the columns' types, since what is None in the first may be a number."""
    polars = ModuleType("polars")
    polars.DataFrame = lambda rows, infer_schema_length: (rows, infer_schema_length)
    monkeypatch.setitem(sys.modules, "polars", polars)
    assert sweep.to_polars() == (sweep.to_records(), None)


@pytest.mark.parametrize("name", ["pandas", "polars"])
def test_a_missing_package_is_named(sweep, name, monkeypatch):
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=rf"initscope\[{name}\]"):
        getattr(sweep, f"to_{name}")()


def test_a_result_is_short_where_a_notebook_prints_it(sweep):
    """Its text does not list every network."""
    assert "Record(" not in repr(sweep.comparisons[0])
