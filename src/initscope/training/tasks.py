"""The tasks that networks are trained on, and how their data are split and scaled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from initscope.errors import InputError, unknown

Arrays: TypeAlias = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the table of tasks."""

    name: str
    title: str
    features: int
    classes: int
    source: str
    load: Callable[[], Arrays]


@dataclass(frozen=True, slots=True)
class Split:
    """Training and test data: features (n, d) in float32, labels (n,) as whole numbers from 0."""

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor
    classes: int

    @property
    def features(self) -> int:
        return self.x_train.shape[1]

    @property
    def majority_share(self) -> float:
        """Accuracy on the test data of always answering their most frequent class."""
        return self.y_test.bincount().max().item() / len(self.y_test)


@dataclass(frozen=True, slots=True)
class Data:
    """Which data, how they are split, and how features are scaled.

    Args:
        task: a name from the table of tasks.
        scale: ``"none"``, or ``"standard"`` for mean zero and variance one on the training data.
        split_seed: random state of scikit-learn's ``train_test_split``, without stratification.
        test_share: share of the examples held out as test data.

    Raises:
        InputError: the task or the scaling is unknown, or the share is not between 0 and 1.

    >>> split = Data("iris").load()
    >>> split.x_train.shape, split.classes
    (torch.Size([120, 4]), 3)
    """

    task: str
    scale: str = "none"
    split_seed: int = 42
    test_share: float = 0.2

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise unknown("task", self.task, TASKS)
        if self.scale not in ("none", "standard"):
            raise unknown("scaling of features", self.scale, ("none", "standard"))
        if not 0 <= self.split_seed < 2**32:
            raise InputError(f"split seed {self.split_seed} is not between 0 and 2^32 - 1")
        if not 0 < self.test_share < 1:
            raise InputError(f"test share {self.test_share} is not between 0 and 1, such as 0.2")

    @property
    def classes(self) -> int:
        return TASKS[self.task].classes

    def load(self) -> Split:
        """Load the data set, split it and scale it."""
        from sklearn.model_selection import train_test_split
        from sklearn.preprocessing import StandardScaler

        x, y = TASKS[self.task].load()
        x_train, x_test, y_train, y_test = train_test_split(
            x, y, test_size=self.test_share, random_state=self.split_seed
        )
        if self.scale == "standard":
            scaler = StandardScaler().fit(x_train)
            x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
        return Split(
            torch.from_numpy(x_train.astype(np.float32)),
            torch.from_numpy(y_train.astype(np.int64)),
            torch.from_numpy(x_test.astype(np.float32)),
            torch.from_numpy(y_test.astype(np.int64)),
            self.classes,
        )


def _bundled(name: str) -> Callable[[], Arrays]:
    def load() -> Arrays:
        import sklearn.datasets

        x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
        return x, y

    return load


def _synthetic() -> Arrays:
    from sklearn.datasets import make_classification

    x, y = make_classification(n_samples=1000, n_features=20, n_classes=2, random_state=42)
    return x, y


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task("iris", "Iris flowers", 4, 3, "Fisher, 1936", _bundled("iris")),
        Task("wine", "Wine cultivars", 13, 3, "Forina et al., 1991", _bundled("wine")),
        Task(
            "breast_cancer",
            "Breast cancer, Wisconsin",
            30,
            2,
            "Street, Wolberg and Mangasarian, 1993",
            _bundled("breast_cancer"),
        ),
        Task(
            "digits",
            "Handwritten digits, 8 x 8",
            64,
            10,
            "Alpaydin and Kaynak, 1998",
            _bundled("digits"),
        ),
        Task(
            "synthetic",
            "Synthetic binary task",
            20,
            2,
            "Guyon, 2003 (scikit-learn's make_classification)",
            _synthetic,
        ),
    )
}
