"""Tables are read as they are, and refused in one line where they cannot be used."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from initscope import Data, InputError, MissingExtraError
from initscope.training import MLP, Initialization, Member, Training, plain, vectorized
from initscope.training.tables import read

ROWS = [(i, i % 7, "ab"[i % 2]) for i in range(20)]


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "data.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def lines(rows=ROWS, names="size,weight,kind") -> str:
    return "\n".join([names, *(",".join(map(str, row)) for row in rows)]) + "\n"


def test_a_csv_file_becomes_data(write):
    """Features keep their order and values, labels count from zero in the order of their text."""
    data = Data(str(write("\ufeff" + lines())), target="kind")
    assert (data.features, data.classes) == (2, 2)
    np.testing.assert_array_equal(data.table.x, [row[:2] for row in ROWS])
    np.testing.assert_array_equal(data.table.y, [i % 2 for i in range(20)])
    assert len(data.load().y_test) == 4


def test_an_npz_file_becomes_data(tmp_path):
    """Two-dimensional arrays are several columns; a target of many numbers is regression."""
    x, y = np.arange(60.0).reshape(30, 2), np.linspace(0, 1, 30)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    table = read(tmp_path / "data.npz", "y")
    np.testing.assert_array_equal(table.x, x)
    np.testing.assert_array_equal(table.y, y)
    assert table.classes == 0
    assert Data.of(x, y).digest == Data(str(tmp_path / "data.npz"), target="y").digest


def test_parquet_without_its_extra_names_it(write, monkeypatch):
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"initscope\[parquet\]"):
        read(write("", "data.parquet"), "y")


@pytest.fixture
def parquet(tmp_path):
    def write(**columns) -> Path:
        arrow = pytest.importorskip("pyarrow")
        path = tmp_path / "data.parquet"
        pytest.importorskip("pyarrow.parquet").write_table(arrow.table(columns), path)
        return path

    return write


def encoded(values):
    return pytest.importorskip("pyarrow").array(values).dictionary_encode()


def test_a_parquet_file_becomes_data(parquet):
    """Numbers, truths and text read as in CSV, plain or encoded by a dictionary."""
    size, kind = [float(i) for i in range(30)], ["b", "a", "c"] * 10
    table = read(parquet(size=size, big=[i > 3 for i in range(30)], y=kind), "y")
    np.testing.assert_array_equal(table.x, [[i, i > 3] for i in range(30)])
    assert table.y.tolist() == [1, 0, 2] * 10
    again = read(parquet(size=size, big=[i > 3 for i in range(30)], y=encoded(kind)), "y")
    assert again.digest == table.digest
    assert read(parquet(size=encoded(["1", "2"] * 15), y=size), "y").x[:2, 0].tolist() == [1, 2]


@pytest.mark.parametrize("kind", [list, encoded])
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": ["a", "b"] * 15, "y": [0, 1] * 15}, "column 'x' is text ('a')"),
        ({"x": [1.0, None] * 15, "y": [0, 1] * 15}, "column 'x' has 15 missing"),
        ({"x": [1, None] * 15, "y": [0, 1] * 15}, "column 'x' has 15 missing"),
        ({"x": [1, 2] * 15, "y": ["a", None, "b"] * 10}, "target 'y' has 10 missing"),
        ({"x": [1, 2] * 15, "y": ["a"] * 30}, "target 'y' has one value only, a"),
    ],
)
def test_parquet_columns_that_cannot_be_used_are_one_line(parquet, kind, columns, message):
    """Missing values and text are named, plain or encoded by a dictionary."""
    with pytest.raises(InputError) as error:
        read(parquet(**{name: kind(values) for name, values in columns.items()}), "y")
    assert message in str(error.value)


def test_a_file_that_is_not_parquet_is_one_line(write):
    """What pyarrow says of it stands behind the path."""
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match=r"cannot read .*data\.parquet: "):
        read(write("no Parquet", "data.parquet"), "y")


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        (lines(), None, "needs a target: name its column with --target, one of size, weight, kind"),
        (lines(), "kid", "unknown target column of"),
        (lines(names="size,size,kind"), "kind", "has 2 columns named 'size'"),
        (
            lines([*ROWS, ("", 1, "a")]),
            "kind",
            "column 'size' has 1 missing or infinite values, the",
        ),
        (lines([*ROWS, ("nan", 1, "a")]), "kind", "the first in row 21: fill them"),
        (lines([*ROWS, (1, 1, "")]), "kind", "target 'kind' has 1 missing"),
        (lines(), "size", "column 'kind' is text ('a'): turn it into numbers, or leave it out"),
        (lines([(i, 1, "a") for i in range(20)]), "kind", "target 'kind' has one value only, a"),
        (lines([*ROWS, (1, 2)]), "kind", "row 21 of"),
        (lines([]), "kind", "has column names and no rows"),
        (lines(ROWS[:5]), "kind", "5 rows of data: expected at least 10"),
        ("", "kind", "is empty"),
        ("kind\na\nb\n", "kind", "has no column but the target"),
    ],
)
def test_what_cannot_be_used_is_one_line(write, text, target, message):
    """Missing values, text, one class, double names and a missing target are named."""
    with pytest.raises(InputError) as error:
        Data(str(write(text)), target=target)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_pickles_are_not_loaded(tmp_path):
    """An array of objects is refused, since loading it would run what the file says."""
    np.savez(tmp_path / "data.npz", x=np.array([{}] * 12), y=np.arange(12))
    with pytest.raises(InputError, match="allow_pickle=False"):
        read(tmp_path / "data.npz", "y")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Data("none.csv", target="y"), "there is no file none.csv"),
        (lambda: Data("iris", target="y"), "iris is a task with a target"),
        (lambda: Data.of([1, 2], [1, 2]), "features of shape (2,) and a target of shape (2,)"),
        (lambda: Data.of(np.zeros((12, 1)), ["a", "b"] * 6, problem="regression"), "is text"),
        (lambda: Data("arrays", digest="0" * 16), "were arrays, which no store holds"),
    ],
)
def test_bad_sources_are_one_line(make, message):
    """A source that is not there is named."""
    with pytest.raises(InputError) as error:
        make()
    assert message in str(error.value)


def test_changed_content_is_not_taken_for_the_old(write):
    """Data that were stored with another digest are refused."""
    path = write(lines())
    data = Data(str(path), target="kind")
    write(lines([*ROWS, (1, 1, "a")]))
    with pytest.raises(InputError, match="is not what it was when its networks were trained"):
        Data(str(path), target="kind", digest=data.digest)
    assert Data(str(path), target="kind") != data


def test_regression_equals_the_plain_loops():
    """On diabetes, parameters, losses and R squared after 3 epochs are within 2e-5."""
    split = Data("diabetes", scale="standard").load()
    member = Member(Initialization.parse("he_normal"), 0)
    history, stack = vectorized.train(split, MLP((9,)), Training(epochs=3), [member])
    expected, model = plain.train(split, MLP((9,)), Training(epochs=3), member)
    for name, value in model.named_parameters():
        assert (stack.member(0)[name] - value.detach()).abs().max() < 2e-5
    np.testing.assert_allclose(history.test_accuracy, expected.test_accuracy, atol=2e-5)
    np.testing.assert_allclose(history.train_loss, expected.train_loss, atol=2e-5)
