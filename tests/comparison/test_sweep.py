"""A sweep is a comparison at every combination of its axes, trained together where shapes allow."""

from __future__ import annotations

import json

import numpy as np
import pytest

import initscope
from initscope import MLP, SGD, Adam, Data, InputError, Training
from initscope.comparison import Experiment, Setting
from initscope.comparison.axes import points
from initscope.comparison.chunks import groups, missing_chunks
from initscope.comparison.enough import Enough
from initscope.training import Initialization

BASE = Setting(Data("iris"), MLP((8, 8)), Training(epochs=2))
AXES = {"lr": [1e-3, 1e-2], "depth": [1, 2], "clip_norm": [None, 0.5]}


def test_points_are_every_combination():
    """The last axis varies fastest, and each value stands where it belongs."""
    found = points(BASE, AXES)
    assert len(found) == 8
    coordinates, setting = found[1]
    assert coordinates == {"lr": 1e-3, "depth": 1, "clip_norm": 0.5}
    assert setting.training.optimizer.learning_rate == 1e-3
    assert setting.network == MLP((8,))
    assert setting.training.clip_norm == 0.5
    assert points(BASE, {}) == [({}, BASE)]


def test_forms_of_the_network_are_axes():
    """Depth keeps the form; without branches their scale is 1, whatever the base has."""
    network = MLP((8, 8), norm="layer", residual=True, branch_scale="depth", dropout=0.1)
    base = Setting(BASE.data, network, BASE.training)
    axes = {"residual": [True, False], "norm": ["none", "batch"], "depth": [3]}
    found = [setting.network for _, setting in points(base, axes)]
    assert found == [
        MLP((8,) * 3, norm=norm, residual=residual, branch_scale=scale, dropout=0.1)
        for residual, scale in ((True, "depth"), (False, 1.0))
        for norm in ("none", "batch")
    ]
    scales = points(base, {"branch-scale": [1, "zero"], "dropout": [0.2]})
    assert [setting.network.branch_scale for _, setting in scales] == [1, "zero"]
    with pytest.raises(InputError, match="residual 'maybe': expected true or false"):
        points(base, {"residual": ["maybe"]})


def test_an_optimizer_takes_over_what_was_set_and_is_chosen_before_its_numbers():
    """A rate that is not the default is kept; a swept number belongs to the swept optimizer."""
    base = Setting(Data("iris"), MLP(), Training(Adam(0.02)))
    found = points(base, {"momentum": [0.5], "optimizer": ["sgd", "nesterov"]})
    assert [setting.training.optimizer for _, setting in found] == [
        SGD(0.02, 0.5),
        SGD(0.02, 0.5, nesterov=True),
    ]


def test_only_what_shares_shape_and_rule_trains_together():
    """Rates and thresholds go into one group; depths and optimizers have their own."""
    cells = (Initialization.parse("he_normal"), Initialization.parse("zeros"))
    settings = [setting for _, setting in points(BASE, AXES)]
    experiments = [Experiment(setting, cells, (0, 1, 2)) for setting in settings]
    found = groups(experiments)
    assert [len(group) for group in found] == [4, 4]
    (chunk,) = missing_chunks(found[0], {})
    assert len(chunk) == 4 * 2 * 3
    assert {member.training for member in chunk} == {each.setting.training for each in found[0]}
    stored = {found[0][0].setting.id: {"zeros": {0, 1, 2}}}
    assert len(missing_chunks(found[0], stored)[0]) == 4 * 2 * 3 - 3


def test_a_sweep_is_each_of_its_comparisons(tmp_path):
    """Each point equals the comparison alone, to rounding, and is found again in the store."""
    url = f"sqlite:///{tmp_path}/r.db"
    axes = {"lr": [1e-3, 1e-2], "activation": ["tanh", "relu"]}
    same = {"seeds": 3, "network": MLP((8,)), "training": Training(epochs=2), "storage": url}
    sweep = initscope.compare("iris", ["he_normal", "zeros"], sweep=axes, **same)
    assert sweep.throughput.networks == 4 * 2 * 3
    again = initscope.compare("iris", ["he_normal", "zeros"], sweep=axes, **same)
    assert again.throughput.networks == 0
    assert again.to_dict()["points"] == sweep.to_dict()["points"]
    for point in sweep.points:
        alone = initscope.compare(
            "iris",
            ["he_normal", "zeros"],
            seeds=3,
            network=MLP((8,), point.coordinates["activation"]),
            training=Training(Adam(point.coordinates["lr"]), epochs=2),
        )
        assert alone.experiment.setting == point.comparison.experiment.setting
        for cell in alone.experiment.cells:
            for ours, theirs in zip(point.comparison.of(cell), alone.of(cell), strict=True):
                np.testing.assert_allclose(ours.test_loss, theirs.test_loss, atol=2e-5)


def test_cells_are_compared_with_the_best_of_the_whole_sweep():
    """One cell is the best; every other has its paired difference to it."""
    sweep = initscope.compare(
        "iris", ["he_normal", "zeros"], seeds=4, sweep={"lr": [1e-4, 1e-2]}, network=MLP((8,))
    )
    cells = [cell for point in sweep.points for cell in point.cells]
    assert sum(cell.difference_to_best is None for cell in cells) == 1
    point, best = sweep.best
    assert point.coordinates == {"lr": 1e-2}
    assert best.initializer == "he_normal"
    rows = sweep.to_records()
    assert len(rows) == 16
    scores = {(row["lr"], row["initializer"], row["seed"]): row["test_accuracy"] for row in rows}
    expected = np.mean(
        [scores[1e-4, "he_normal", seed] - scores[1e-2, "he_normal", seed] for seed in range(4)]
    )
    assert cells[0].difference_to_best.mean == pytest.approx(expected)
    json.dumps(sweep.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"dept": [1]}, "unknown axis 'dept': did you mean 'depth'?"),
        ({"depth": []}, "axis depth has no list of values"),
        ({"lr": [0.1, 0.1]}, "axis lr has 0.1 twice"),
        ({"depth": ["two"]}, "depth or width 'two': expected a whole number above 0"),
        ({"lr": ["fast"]}, "cannot use lr=fast: a number is expected"),
        ({"momentum": [0.9]}, "momentum is no setting of adam: leave it out"),
        ({"schedule": ["cosin"]}, "unknown schedule 'cosin'"),
        ({"epochs": range(1, 102), "batch_size": range(1, 102)}, "10201 combinations"),
    ],
)
def test_bad_axes_are_one_line(axes, message):
    """A mistake on an axis is named before anything is trained."""
    with pytest.raises(InputError) as error:
        points(BASE, axes)
    assert message in str(error.value)


def test_seeds_are_added_until_intervals_are_narrow():
    """The number of seeds grows up to the bound, or stops where every interval is narrow enough."""
    bounded = initscope.compare("iris", ["he_uniform"], seeds=4, until_ci=1e-6, max_seeds=11)
    assert bounded.experiment.seeds == tuple(range(11))
    narrow = initscope.compare("iris", ["he_uniform"], seeds=4, until_ci=0.08, max_seeds=400)
    low, high = narrow.cells[0].test_accuracy.ci95
    assert high - low <= 0.08
    assert 4 < len(narrow.experiment.seeds) < 400
    assert len(narrow.records) == len(narrow.experiment.seeds)


def test_what_is_narrow_already_gets_no_seeds():
    """Without a rule, or where the interval is narrow, nothing is added."""
    comparison = initscope.compare("iris", ["zeros"], seeds=3, training=Training(epochs=1))
    assert Enough(None).more((0, 1, 2), [comparison]) == ()
    assert Enough(0.5).more((0, 1, 2), [comparison]) == ()
    with pytest.raises(InputError, match=r"interval width 0: expected a number above 0"):
        Enough(0)
