"""The tasks that networks are trained on, out of the box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

Arrays: TypeAlias = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the table of tasks; regression has 0 classes."""

    name: str
    title: str
    features: int
    classes: int
    source: str
    load: Callable[[], Arrays]


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
        Task("diabetes", "Diabetes progression", 10, 0, "Efron et al., 2004", _bundled("diabetes")),
    )
}
