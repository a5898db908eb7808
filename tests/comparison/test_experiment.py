"""A setting has one identity, and what cannot be compared is refused."""

from __future__ import annotations

import dataclasses
import json

import pytest

from initscope import (
    MLP,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Data,
    InputError,
    RMSprop,
    Training,
    get,
)
from initscope.comparison import Experiment, Setting
from initscope.training import Initialization

IRIS = Setting(Data("iris"), MLP(), Training())


def cell(name: str) -> Initialization:
    return Initialization(get(name), get("zeros"))


def test_the_identity_of_a_setting_is_the_same_for_ever():
    """Stored results are found again by any later version with the same recipe."""
    assert IRIS.id == "f126e59160c47d03"


@pytest.mark.parametrize(
    "setting",
    [
        lambda n: Setting(Data("iris"), MLP(), Training(clip_norm=n)),
        lambda n: Setting(Data("iris"), MLP(), Training(SGD(learning_rate=n))),
        lambda n: Setting(Data("iris"), MLP(residual=True, branch_scale=n), Training()),
    ],
)
def test_a_whole_number_and_its_fraction_are_one_setting(setting):
    """A sweep writes 1 where an option reads 1.0; both find the same stored networks."""
    assert setting(2).id == setting(2.0).id


@pytest.mark.parametrize(
    "other",
    [
        Setting(Data("wine"), MLP(), Training()),
        Setting(Data("iris", scale="standard"), MLP(), Training()),
        Setting(Data("iris", split_seed=43), MLP(), Training()),
        Setting(Data("iris", test_share=0.3), MLP(), Training()),
        Setting(Data("iris"), MLP((64,)), Training()),
        Setting(Data("iris"), MLP(activation="tanh"), Training()),
        Setting(Data("iris"), MLP(norm="layer"), Training()),
        Setting(Data("iris"), MLP(residual=True), Training()),
        Setting(Data("iris"), MLP(residual=True, branch_scale="zero"), Training()),
        Setting(Data("iris"), MLP(dropout=0.1), Training()),
        Setting(Data("iris"), MLP(), Training(epochs=11)),
        Setting(Data("iris"), MLP(), Training(batch_size=16)),
        Setting(Data("iris"), MLP(), Training(Adam(2e-3))),
        Setting(Data("iris"), MLP(), Training(Adam(epsilon=1e-7))),
        Setting(Data("iris"), MLP(), Training(SGD(1e-3))),
        Setting(Data("iris"), MLP(), Training(SGD(1e-3, 0.9, nesterov=True))),
        Setting(Data("iris"), MLP(), Training(Adam(weight_decay=0.1))),
        Setting(Data("iris"), MLP(), Training(AdamW())),
        Setting(Data("iris"), MLP(), Training(RMSprop())),
        Setting(Data("iris"), MLP(), Training(Adagrad())),
        Setting(Data("iris"), MLP(), Training(schedule="cosine")),
        Setting(Data("iris"), MLP(), Training(warmup=1)),
        Setting(Data("iris"), MLP(), Training(clip_norm=1.0)),
        Setting(Data("iris"), MLP(), Training(clip_value=1.0)),
        Setting(Data("iris"), MLP(), Training(label_smoothing=0.1)),
    ],
)
def test_every_part_of_a_setting_is_in_its_identity(other):
    """Two settings that could give other numbers have other names, and survive JSON."""
    assert other.id != IRIS.id
    again = Setting.from_dict(json.loads(json.dumps(other.to_dict())))
    assert again == other
    assert again.id == other.id


def test_the_default_loss_is_the_named_loss():
    """Leaving the loss out and naming the default one are the same setting."""
    assert Setting(Data("iris"), MLP(), Training(loss="softmax")) == IRIS


def test_every_field_of_a_setting_is_written():
    """A field added to a part of the setting enters the identity by itself, or once it is used."""
    written = IRIS.to_dict()
    for name, part in (("data", IRIS.data), ("network", IRIS.network), ("training", IRIS.training)):
        fields = dataclasses.fields(part)
        assert set(written[name]) == {
            f.name for f in fields if f.compare and not f.metadata.get("later")
        }


@pytest.mark.parametrize(
    ("cells", "seeds", "message"),
    [
        ((), (0,), "no initializer to compare"),
        ((cell("zeros"),), (), "no seeds: expected at least 1"),
        ((cell("he_normal"), cell("kaiming_normal")), (0,), "'he_normal, head zeros' is given"),
        ((cell("zeros"),), (1, 1), "seed 1 is given twice"),
        ((cell("zeros"),), (-1,), "seed -1 is not between"),
        ((cell("zeros"),), (2**63,), "is not between 0 and 2"),
    ],
)
def test_bad_experiments_are_one_line(cells, seeds, message):
    """An experiment that cannot be run is refused before it starts."""
    with pytest.raises(InputError, match=message):
        Experiment(IRIS, cells, seeds)


@pytest.mark.parametrize(
    "text", ["zeros", "he_normal, head zeros", "uniform(low=-1, high=1), head ones"]
)
def test_initializations_round_trip_as_text(text):
    """The cell's name in the store is read back."""
    assert str(Initialization.parse(text)) == text
