"""A sweep is a comparison at every combination of its axes, trained together where shapes allow."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import initscope
from initscope import MLP, SGD, Adam, Data, InputError, Training
from initscope.comparison import Comparison, Experiment, Setting, Throughput
from initscope.comparison.axes import points
from initscope.comparison.chunks import groups, missing_chunks
from initscope.comparison.enough import Enough
from initscope.comparison.statistics import SHARE, mean_interval
from initscope.store import Record
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


def test_cells_are_compared_within_each_combination():
    """Each point has its own best and its own family, as the comparison alone would have them."""
    sweep = initscope.compare(
        "iris",
        ["he_normal", "zeros", "ones"],
        seeds=4,
        sweep={"lr": [1e-4, 1e-2]},
        network=MLP((8,)),
    )
    rows = sweep.to_records()
    assert len(rows) == 24
    for point in sweep.points:
        here = [row for row in rows if row["lr"] == point.coordinates["lr"]]
        scores = {
            name: [row["test_accuracy"] for row in here if row["initializer"] == name]
            for name in ("he_normal", "zeros", "ones")
        }
        best = max(scores, key=lambda name: np.mean(scores[name]))
        assert point.comparison.best.initializer == best
        assert point.comparison.family.size == 3
        for cell in point.cells:
            if cell.initializer == best:
                assert cell.difference is None
            else:
                expected = np.subtract(scores[cell.initializer], scores[best]).mean()
                assert cell.difference.mean == pytest.approx(expected)
    assert sweep.best.coordinates == {"lr": 1e-2}
    assert str(sweep.best.cell.hidden) == "he_normal"
    json.dumps(sweep.to_dict(), allow_nan=False)


def test_splits_are_not_compared_with_each_other():
    """The highest score of a sweep over splits is that of an initializer over all of them."""
    axes = {"split_seed": [1, 2, 3], "lr": [1e-3, 1e-2]}
    same = {"seeds": 3, "network": MLP((8,)), "training": Training(epochs=2)}
    sweep = initscope.compare("iris", ["he_normal", "zeros"], sweep=axes, **same)
    assert set(sweep.best.coordinates) == {"lr"}
    means = [
        np.mean([row["test_accuracy"] for row in sweep.to_records() if _at(row, lr, name)])
        for lr in (1e-3, 1e-2)
        for name in ("he_normal", "zeros")
    ]
    assert sweep.best.score.mean == pytest.approx(max(means))
    told = {(each.coordinates["lr"], str(each.cell.hidden)): each for each in sweep.overall}
    assert len(told) == len(sweep.to_dict()["over_splits"]) == 4
    good, zeros = told[1e-2, "he_normal"], told[1e-2, "zeros"]
    by_split = [point.comparison for point in sweep.points if point.coordinates["lr"] == 1e-2]
    (first, second) = ([each.expected(cell).mean for each in by_split] for cell in sweep.base.cells)
    assert good.score.ci95 == pytest.approx(mean_interval(np.array(first), SHARE))
    differences = np.subtract(second, first)
    assert zeros.difference.mean == pytest.approx(differences.mean())
    assert zeros.difference.p == 2 / 2**3
    assert sum(cell.difference is None for point in sweep.points for cell in point.cells) == 6


def _at(row, lr, name):
    return row["lr"] == lr and row["initializer"] == name


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
    assert 10 <= len(narrow.experiment.seeds) < 400
    assert len(narrow.records) == len(narrow.experiment.seeds)


def made(scores) -> Comparison:
    """A comparison of one initializer whose networks have these scores."""
    cell = Initialization.parse("he_normal")
    records = [
        Record(str(cell), seed, "trained", (1.0,), (1.0, 1.0), (0.3, float(score)))
        for seed, score in enumerate(scores)
    ]
    experiment = Experiment(BASE, (cell,), tuple(range(len(records))))
    return Comparison(experiment, records, 0.3, 0.9, Throughput(0, 0), "sqlite://")


def test_no_interval_of_fewer_than_ten_networks_is_narrow_enough():
    """Two values beside each other ask for ten seeds; ten alike need no more; a bound holds."""
    assert Enough(None).more((0, 1), [made([0.9, 0.91])]) == ()
    assert Enough(0.5).more((0, 1), [made([0.9, 0.91])]) == tuple(range(2, 10))
    assert Enough(0.5, most=6).more((0, 1), [made([0.9, 0.91])]) == tuple(range(2, 6))
    assert Enough(0.5).more(range(10), [made([0.9] * 10)]) == ()
    with pytest.raises(InputError, match=r"interval width 0: expected a number above 0"):
        Enough(0)


@pytest.mark.parametrize(("width", "least"), [(0.2, 0.94), (0.1, 0.925)])
def test_stopping_when_narrow_still_covers(width, least):
    """From 2 seeds, deviation 0.1: as the decision's table says, less 3 standard errors of 400."""
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        scores = list(generator.normal(0.5, 0.1, 2))
        while more := Enough(width).more(range(len(scores)), [made(scores)]):
            scores += list(generator.normal(0.5, 0.1, len(more)))
        low, high = mean_interval(np.array(scores))
        covered += low <= 0.5 <= high
    assert covered / 400 >= least - 3 * math.sqrt(least * (1 - least) / 400)
