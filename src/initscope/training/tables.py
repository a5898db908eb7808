"""A table with a target column, read from CSV, Parquet or NPZ and checked before it is used."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from initscope.errors import InputError, MissingExtraError, unknown

Columns: TypeAlias = Mapping[str, NDArray[Any]]

MOST_CLASSES = 20
"""A target of whole numbers with more different values than this is one for regression."""

PROBLEMS = ("classification", "regression")
_SMALLEST = 10  # rows; fewer cannot be split and learned from


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Features (n, d) and a target: labels from 0, or for regression (classes 0) numbers."""

    x: NDArray[np.float64]
    y: NDArray[Any]
    classes: int

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the content."""
        parts = (str((self.x.shape, self.classes)).encode(), self.x.tobytes(), self.y.tobytes())
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def read(path: Path, target: str | None, problem: str | None = None) -> Table:
    """Read a table from a file.

    Args:
        path: a ``.csv`` file with a line of column names, a ``.parquet`` file, or an ``.npz`` file
            whose arrays are columns (or with two dimensions, several).
        target: the column to be predicted; all others are features.
        problem: see :func:`table`.

    Raises:
        InputError: the file or one of its columns cannot be used.
        MissingExtraError: the file is Parquet, and pyarrow is not installed.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}: expected a task's name, or a file of data")
    try:
        columns = READERS[path.suffix.lower()](path)
    except (OSError, UnicodeDecodeError, csv.Error, zipfile.BadZipFile, ValueError) as error:
        if isinstance(error, InputError | MissingExtraError):
            raise
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"cannot read {path}: {cause}") from error
    names = ", ".join(columns)
    if target is None:
        raise InputError(f"{path} needs a target: name its column with --target, one of {names}")
    if target not in columns:
        raise unknown(f"target column of {path}", target, columns)
    features = {name: column for name, column in columns.items() if name != target}
    if not features:
        raise InputError(f"{path} has no column but the target {target!r}: expected features too")
    x = np.column_stack([_numbers(name, column) for name, column in features.items()])
    return table(x, columns[target], problem, f"target {target!r}")


def table(x: Any, y: Any, problem: str | None = None, target: str = "the target") -> Table:
    """Make a table from arrays.

    Args:
        x: features, (n, d).
        y: target, (n,).
        problem: ``"classification"`` or ``"regression"``; by default classification where the
            target is text, or whole numbers of at most :data:`MOST_CLASSES` different values.
        target: how messages name the target.

    Raises:
        InputError: shapes do not fit, a number is not finite, or the target has one value only.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or y.ndim != 1 or len(x) != len(y):
        raise InputError(
            f"features of shape {x.shape} and a target of shape {y.shape}: expected (n, d) and (n,)"
        )
    if len(x) < _SMALLEST:
        raise InputError(f"{len(x)} rows of data: expected at least {_SMALLEST}")
    x = np.column_stack([_numbers(str(index), column) for index, column in enumerate(x.T)])
    if problem not in (None, *PROBLEMS):
        raise unknown("problem", str(problem), PROBLEMS)
    y = _plain_target(y, target)
    values = np.unique(y)
    if len(values) < 2:
        raise InputError(f"{target} has one value only, {values[0]!s}: there is nothing to learn")
    if (problem or _problem(values)) == "classification":
        return Table(x, np.searchsorted(values, y), len(values))
    if y.dtype.kind not in "fiu":
        raise InputError(f"{target} is text: regression needs numbers")
    return Table(x, y.astype(np.float64), 0)


def _problem(values: NDArray[Any]) -> str:
    if values.dtype.kind in "USb":
        return "classification"
    whole = bool((values == np.round(values)).all())
    return "classification" if whole and len(values) <= MOST_CLASSES else "regression"


def _plain_target(y: NDArray[Any], target: str) -> NDArray[Any]:
    """Return the target as numbers where all of it is, else as text."""
    if y.dtype.kind in "OUS":
        text = np.array(["" if value is None else str(value).strip() for value in y])
        if (text == "").any():
            raise _missing(target, text == "")
        y = _as_numbers(text)
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise _missing(target, ~np.isfinite(y))
    return y


def _as_numbers(text: NDArray[Any]) -> NDArray[Any]:
    try:
        return text.astype(np.float64)
    except ValueError:
        return text


def _numbers(name: str, column: NDArray[Any]) -> NDArray[np.float64]:
    """Return a feature as float64, every value finite."""
    if column.dtype.kind in "OUS":
        text = np.array(["" if value is None else str(value).strip() for value in column])
        if (text == "").any():
            raise _missing(f"column {name!r}", text == "")
        column = _as_numbers(text)
        if column.dtype.kind == "U":
            example = next(value for value in text if _as_numbers(np.array([value])).dtype != float)
            raise InputError(
                f"column {name!r} is text ({str(example)!r}): turn it into numbers, or leave it out"
            )
    if column.dtype.kind not in "fiub":
        raise InputError(f"column {name!r} holds {column.dtype}: expected numbers")
    numbers = column.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise _missing(f"column {name!r}", ~np.isfinite(numbers))
    return numbers


def _missing(what: str, where: NDArray[np.bool_]) -> InputError:
    first = int(where.argmax()) + 1
    return InputError(
        f"{what} has {int(where.sum())} missing or infinite values, the first in row {first}: "
        "fill them, or leave those rows out"
    )


def _csv(path: Path) -> Columns:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [row for row in csv.reader(file) if row]
    if not rows:
        raise InputError(f"{path} is empty: expected a line of column names, then rows")
    names, body = _distinct(path, rows[0]), rows[1:]
    for number, row in enumerate(body, start=1):
        if len(row) != len(names):
            raise InputError(f"row {number} of {path} has {len(row)} entries, not {len(names)}")
    if not body:
        raise InputError(f"{path} has column names and no rows")
    return {
        name: np.array(values) for name, values in zip(names, zip(*body, strict=True), strict=True)
    }


def _parquet(path: Path) -> Columns:
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError:
        raise MissingExtraError("a Parquet file", "parquet") from None
    try:
        found = parquet.read_table(path)
    except ArrowException as error:
        raise InputError(f"cannot read {path}: {error}") from error
    _distinct(path, found.column_names)
    return {name: _decoded(found[name]).to_numpy() for name in found.column_names}


def _decoded(column: Any) -> Any:
    """Return an Arrow column by its values: as an array, a dictionary's missing ones are lost."""
    kind = column.type
    return column.cast(kind.value_type) if hasattr(kind, "index_type") else column


def _npz(path: Path) -> Columns:
    columns: dict[str, NDArray[Any]] = {}
    with np.load(path, allow_pickle=False) as arrays:
        for name in arrays.files:
            array = arrays[name]
            if array.ndim == 1:
                columns[name] = array
            elif array.ndim == 2:
                columns |= {f"{name}[{index}]": part for index, part in enumerate(array.T)}
            else:
                raise InputError(
                    f"array {name!r} of {path} has shape {array.shape}: expected 1 or 2 dimensions"
                )
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        raise InputError(
            f"the arrays of {path} have {len(lengths)} different lengths: expected one"
        )
    return columns


def _distinct(path: Path, names: list[str]) -> list[str]:
    for name, count in Counter(names).items():
        if count > 1:
            raise InputError(f"{path} has {count} columns named {name!r}: give each its own name")
    return names


READERS: dict[str, Callable[[Path], Columns]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".npz": _npz,
}
