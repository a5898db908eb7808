"""Each initializer gets its own best learning rate, and the test data take no part in that."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import initscope
from initscope import MLP, SGD, Adam, Data, InputError, Training
from initscope.comparison import search
from initscope.comparison.tuning import Grid, usual_rates

NAMES = ["he_normal", "normal(std=0.01)", "zeros"]
PLAIN = {"network": MLP((16,)), "training": Training(SGD(), epochs=6)}


@pytest.fixture(scope="module")
def result():
    return initscope.compare("iris", NAMES, seeds=12, tune="lr", **PLAIN)


def rows(values) -> set[tuple[float, ...]]:
    return {tuple(row) for row in values.tolist()}


def test_validation_data_are_training_data():
    """Rows of the search are those of the training data, each once, and none of the test data."""
    x = np.arange(200.0).reshape(100, 2)
    whole = Data.of(x, np.arange(100) % 2).load()
    held = Data.of(x, np.arange(100) % 2, validation=0.25).load()
    assert (len(held.x_train), len(held.x_test)) == (60, 20)
    assert rows(held.x_train) | rows(held.x_test) == rows(whole.x_train)
    assert not rows(held.x_train) & rows(held.x_test)
    assert not (rows(held.x_train) | rows(held.x_test)) & rows(whole.x_test)


def test_the_search_is_never_given_test_data(result, monkeypatch):
    """Were the test data other numbers, the search would find the same."""
    load = Data.load

    def other(data):
        split = load(data)
        return split if data.validation else replace(split, x_test=0 * split.x_test)

    monkeypatch.setattr(Data, "load", other)
    again = initscope.compare("iris", NAMES, seeds=2, tune="lr", **PLAIN)
    assert again.tuning == result.tuning


def test_the_rate_of_the_highest_mean_score_is_chosen(result):
    """One rate an initializer is chosen; no network of the search is one of the result."""
    tuning = result.tuning
    assert tuning.rates == (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
    for cell in result.experiment.cells:
        trials = tuning.of(cell)
        means = [trial.score.mean for trial in trials]
        assert [trial.chosen for trial in trials].index(True) == means.index(max(means))
        assert sum(trial.chosen for trial in trials) == 1
    assert not set(tuning.seeds) & set(result.experiment.seeds)


def test_of_equal_rates_the_smallest_is_chosen():
    """Here all are equal, since they are the same networks."""
    found = initscope.compare("iris", ["zeros"], seeds=2, training=Training(epochs=1))
    experiment = found.experiment
    tried = [
        replace(found, experiment=replace(experiment, setting=experiment.setting.at_rate(rate)))
        for rate in (0.01, 0.1, 1.0)
    ]
    assert search.choose(tried).rate(experiment.cells[0]) == 0.01


def test_every_cell_is_the_plain_comparison_at_its_rate(result):
    """Final networks learn from all training data at the chosen rate, to rounding."""
    for cell, summary in zip(result.experiment.cells, result.cells, strict=True):
        assert summary.learning_rate == result.tuning.rate(cell)
        alone = initscope.compare(
            "iris",
            [cell.hidden],
            seeds=12,
            network=PLAIN["network"],
            training=Training(SGD(summary.learning_rate), epochs=6),
        )
        for ours, theirs in zip(result.of(cell), alone.of(cell), strict=True):
            np.testing.assert_allclose(ours.test_loss, theirs.test_loss, atol=2e-5)


def test_tuning_narrows_a_gap_that_a_fixed_rate_makes(result):
    """At the default rate small weights look worse than they are."""
    fixed = initscope.compare("iris", NAMES, seeds=12, **PLAIN)

    def gap(comparison):
        he, small, _ = (comparison.scores(cell).mean() for cell in comparison.experiment.cells)
        return abs(he - small)

    assert gap(result) < gap(fixed) / 2


def test_the_search_is_stored(tmp_path):
    """The same call again trains nothing, and tells the same."""
    url = f"sqlite:///{tmp_path}/r.db"
    first, again = (
        initscope.compare(
            "iris", NAMES, seeds=3, tune={"lr": [0.1, 0.01]}, storage=url, workers=1, **PLAIN
        )
        for _ in range(2)
    )
    assert first.throughput.networks == 3 * (2 * 10 + 3)
    assert again.throughput.networks == 0
    assert again.to_dict()["tuning"] == first.to_dict()["tuning"]
    assert again.cells == first.cells
    json.dumps(first.to_dict(), allow_nan=False)


def test_a_sweep_tunes_at_every_point():
    """Each point has its own search, with the usual rates of its optimizer."""
    sweep = initscope.compare(
        "iris",
        ["he_normal"],
        seeds=2,
        tune="lr",
        network=MLP((4,)),
        training=Training(epochs=1),
        sweep={"optimizer": ["adam", "sgd"]},
    )
    assert [each.tuning.rates for each in sweep.comparisons] == [
        usual_rates(Adam()),
        usual_rates(SGD()),
    ]
    assert {row["learning_rate"] for row in sweep.to_records()} == {
        cell.learning_rate for point in sweep.points for cell in point.cells
    }


def test_a_choice_at_an_end_of_the_grid_is_named():
    """Beyond the end a better rate may lie; where nothing trains there is nothing to say."""
    result = initscope.compare("iris", NAMES, seeds=2, tune={"lr": [1e-3, 1e-1]}, **PLAIN)
    assert {trial.initializer for trial in result.tuning.at_edge} <= set(NAMES[:2])
    assert "he_normal" in {trial.initializer for trial in result.tuning.at_edge}


@pytest.mark.parametrize(
    ("tune", "message"),
    [
        ("rate", "unknown setting to tune 'rate'"),
        ({}, "unknown setting to tune ''"),
        ({"lr": [0.1]}, "fewer than 2 learning rates to try"),
        ({"lr": [0.1, -1]}, "learning rate -1 to try: expected a number above 0"),
        ({"lr": [0.1, "fast"]}, "learning rate 'fast' to try"),
    ],
)
def test_bad_grids_are_one_line(tune, message):
    """What cannot be tried is named before anything is trained."""
    with pytest.raises(InputError) as error:
        Grid.of(tune)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"training": Training(Adam(0.1))}, "the learning rate is given and to be tuned"),
        ({"sweep": {"lr": [0.1, 0.2]}}, "the learning rate is swept and to be tuned"),
        ({"task": Data("iris", validation=0.5)}, "leave out --validation"),
        ({"seeds": [search.SEEDS[3]]}, "choose learning rates: take others"),
    ],
)
def test_what_contradicts_tuning_is_one_line(settings, message):
    """A rate that is given, validation data that are taken, or the search's own seeds."""
    with pytest.raises(InputError) as error:
        initscope.compare(**{"task": "iris", "seeds": 2, "tune": "lr", **settings})
    assert message in str(error.value)
