"""Tasks are what their table says, split and scaled as stated."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris, make_classification
from sklearn.model_selection import train_test_split

from initscope import Data, InputError
from initscope.training import TASKS


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_table_describes_the_data(task):
    """Features and classes are those of the data set."""
    x, y = task.load()
    assert x.shape[1] == task.features
    if task.classes:
        assert sorted(set(y)) == list(range(task.classes))


def test_iris_is_split_as_tutorials_do():
    """The split is train_test_split with random state 42 and a fifth for testing."""
    x, y = load_iris(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=42)
    split = Data("iris").load()
    for ours, theirs in (
        (split.x_train, x_train),
        (split.x_test, x_test),
        (split.y_train, y_train),
        (split.y_test, y_test),
    ):
        np.testing.assert_array_equal(ours.numpy(), theirs.astype(ours.numpy().dtype))
    assert split.majority_share == max(np.bincount(y_test)) / 30


def test_the_synthetic_task_is_scikit_learns():
    """Experiment 2 of the tutorials: 1000 examples of 20 features, random state 42."""
    x, _ = make_classification(n_samples=1000, n_features=20, n_classes=2, random_state=42)
    np.testing.assert_array_equal(TASKS["synthetic"].load()[0], x)


def test_standard_scaling_is_learned_from_the_training_data():
    """Training features have mean 0 and variance 1; test features only nearly."""
    split = Data("wine", scale="standard").load()
    assert split.x_train.mean(0).abs().max() < 1e-5
    assert (split.x_train.var(0, unbiased=False) - 1).abs().max() < 1e-5
    assert split.x_test.mean(0).abs().max() > 1e-3


def test_loading_leaves_the_global_random_state_alone():
    """Data come from stated random states."""
    torch.manual_seed(0)
    before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    Data("synthetic").load()
    assert (np.random.get_state()[1] == before[0]).all()  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "irsi"}, "unknown task 'irsi': did you mean 'iris'?"),
        (
            {"task": "iris", "scale": "std"},
            "unknown scaling of features 'std': expected one of none, standard",
        ),
        ({"task": "iris", "split_seed": -1}, "split seed -1 is not between 0 and 2^32 - 1"),
        ({"task": "iris", "test_share": 1.0}, "test share 1.0 is not between 0 and 1, such as 0.2"),
    ],
)
def test_bad_data_is_one_line(arguments, message):
    """A mistake is named before anything is loaded."""
    with pytest.raises(InputError) as error:
        Data(**arguments)
    assert str(error.value) == message
