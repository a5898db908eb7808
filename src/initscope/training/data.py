"""Which data networks are trained on, and how they are split and scaled."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from initscope.errors import InputError, unknown
from initscope.training import tables
from initscope.training.identity import later
from initscope.training.split import Split
from initscope.training.tables import READERS, Table
from initscope.training.tasks import TASKS


@dataclass(frozen=True, slots=True)
class Data:
    """Which data, how they are split, and how features are scaled.

    Args:
        task: a name from the table of tasks, or the path of a CSV, Parquet or NPZ file.
        scale: ``"none"``, or ``"standard"`` for mean zero and variance one on the training data.
        split_seed: random state of scikit-learn's ``train_test_split``, without stratification.
        test_share: share of the examples held out as test data.
        target: the column of the file that is predicted.
        problem: ``"classification"`` or ``"regression"``; by default classification where the
            target is text, or whole numbers of at most 20 different values.
        validation: share of the training data, split off by the same rule, that is judged on in
            place of the test data; these are then not used at all. 0 for the test data.
        digest: of a table's content, so that stored results are never those of other data.
        table: the content itself; read from the file, or given by :meth:`of`.

    Raises:
        InputError: the task, file or scaling cannot be used, or the share is not between 0 and 1.

    >>> split = Data("iris").load()
    >>> split.x_train.shape, split.classes
    (torch.Size([120, 4]), 3)
    """

    task: str
    scale: str = "none"
    split_seed: int = 42
    test_share: float = 0.2
    target: str | None = later(None)
    problem: str | None = later(None)
    validation: float = later(0.0)
    digest: str | None = later(None)
    table: Table | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.scale not in ("none", "standard"):
            raise unknown("scaling of features", self.scale, ("none", "standard"))
        if not 0 <= self.split_seed < 2**32:
            raise InputError(f"split seed {self.split_seed} is not between 0 and 2^32 - 1")
        if not 0 < self.test_share < 1:
            raise InputError(f"test share {self.test_share} is not between 0 and 1, such as 0.2")
        if not 0 <= self.validation < 1:
            raise InputError(
                f"validation share {self.validation}: expected a number from 0 to below 1, as 0.2"
            )
        if self.table is None and self.task not in TASKS:
            object.__setattr__(self, "table", self._read())
        elif self.table is None and (self.target or self.problem):
            raise InputError(
                f"{self.task} is a task with a target: leave out --target and --problem"
            )
        if self.table is not None:
            self._identify(self.table.digest)

    @classmethod
    def of(cls, x: Any, y: Any, *, name: str = "arrays", **settings: Any) -> Self:
        """Make data from arrays.

        Args:
            x: features, (n, d).
            y: target, (n,): labels, or numbers for regression.
            name: what reports call them.
            settings: `scale`, `split_seed`, `test_share`, `validation` and `problem`.

        Raises:
            InputError: the arrays cannot be used; see the class.

        >>> Data.of([[k] for k in range(20)], [k % 2 for k in range(20)]).classes
        2
        """
        made = tables.table(x, y, settings.get("problem"))
        return cls(name, **settings, table=made)

    @property
    def classes(self) -> int:
        """Number of classes; 0 for regression."""
        return TASKS[self.task].classes if self.table is None else self.table.classes

    @property
    def features(self) -> int:
        """Number of features."""
        return TASKS[self.task].features if self.table is None else self.table.x.shape[1]

    def load(self) -> Split:
        """Load the data set, split it and scale it."""
        from sklearn.model_selection import train_test_split
        from sklearn.preprocessing import StandardScaler

        x, y = TASKS[self.task].load() if self.table is None else (self.table.x, self.table.y)
        x_train, x_test, y_train, y_test = train_test_split(
            x, y, test_size=self.test_share, random_state=self.split_seed
        )
        if self.validation:
            x_train, x_test, y_train, y_test = train_test_split(
                x_train, y_train, test_size=self.validation, random_state=self.split_seed
            )
        if self.scale == "standard":
            scaler = StandardScaler().fit(x_train)
            x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
        kind = torch.int64 if self.classes else torch.float32
        scale = 1.0
        if not self.classes:
            y_train, y_test, scale = _standardized(y_train, y_test)
        return Split(
            torch.from_numpy(x_train.astype(np.float32)),
            torch.from_numpy(y_train).to(kind),
            torch.from_numpy(x_test.astype(np.float32)),
            torch.from_numpy(y_test).to(kind),
            self.classes,
            scale,
        )

    def _read(self) -> Table:
        if Path(self.task).suffix.lower() in READERS:
            return tables.read(Path(self.task), self.target, self.problem)
        if self.digest:
            raise InputError(
                f"the data {self.task!r} were arrays, which no store holds: compare them in Python"
            )
        raise unknown("task", self.task, TASKS)

    def _identify(self, digest: str) -> None:
        if self.digest not in (None, digest):
            raise InputError(f"{self.task} is not what it was when its networks were trained")
        object.__setattr__(self, "digest", digest)


def _standardized(
    train: NDArray[np.float64], test: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Scale a target to mean 0 and variance 1 on the training data; return its deviation too."""
    mean, deviation = train.mean(), train.std()
    if not deviation or np.ptp(test) == 0:
        raise InputError("the target has one value only in a part of the data: split it otherwise")
    return (train - mean) / deviation, (test - mean) / deviation, float(deviation)
