"""Networks of the store on the map."""

from __future__ import annotations

import pytest
import torch

import initscope
from initscope.lab.trained import trained


def test_networks_stand_at_the_scale_of_their_weights(tmp_path):
    """sigma_w is the std times the root of the width; what theory cannot place is left out."""
    storage = f"sqlite:///{tmp_path}/store.db"
    network = initscope.MLP((16, 16, 16), "tanh")
    initializers = ["variance_scaling(scale=2.25)", "normal(std=0.25)", "zeros", "ones", "hadamard"]
    result = initscope.compare(
        "iris",
        initializers,
        head="glorot_normal",
        seeds=3,
        network=network,
        training=initscope.Training(epochs=1),
        storage=storage,
    )
    found = {each["initializer"].partition(",")[0]: each for each in trained(storage, "tanh")}
    assert set(found) == {"variance_scaling(scale=2.25)", "normal(std=0.25)"}
    assert found["variance_scaling(scale=2.25)"]["sigma_w"] == pytest.approx(1.5)
    assert found["normal(std=0.25)"]["sigma_w"] == pytest.approx(1.0)
    for cell in result.cells[:2]:
        row = found[cell.initializer]
        assert (row["depth"], row["width"], row["networks"]) == (3, 16, 3)
        assert row["trained"] == pytest.approx(cell.trained / cell.n)


def test_other_networks_have_no_place(tmp_path):
    """Another activation, layers of different widths and a single layer are left out."""
    storage = f"sqlite:///{tmp_path}/store.db"
    for hidden, activation in (((16, 16), "relu"), ((16, 8), "tanh"), ((16,), "tanh")):
        initscope.compare(
            "iris",
            ["he_normal"],
            seeds=1,
            network=initscope.MLP(hidden, activation),
            training=initscope.Training(epochs=1),
            storage=storage,
        )
    assert trained(storage, "tanh") == []
    assert len(trained(storage, "relu")) == 1


def test_networks_of_a_sweep_over_gain_stand_at_their_own_scales(tmp_path):
    """Critical weights times a gain have that gain as their sigma_w, whatever else is stored."""
    storage = f"sqlite:///{tmp_path}/store.db"
    settings = {"seeds": 1, "training": initscope.Training(epochs=1), "storage": storage}
    initscope.compare(
        "iris",
        ["lecun_normal"],
        network=initscope.MLP((8, 8, 8), "tanh"),
        sweep={"gain": [0.5, 1, 2.5]},
        **settings,
    )
    for network in ("convnet:depth=1,channels=2,activation=tanh", "rnn:hidden=4,cell=rnn", own):
        initscope.compare("iris", ["lecun_normal"], network=network, **settings)
    initscope.compare("iris", ["auto"], network=initscope.MLP((8, 8), "tanh"), **settings)
    found = trained(storage, "tanh")
    assert sorted(each["sigma_w"] for each in found) == pytest.approx([0.5, 1, 2.5])


@pytest.mark.parametrize("unknown", [{"kind": "quantum"}, {"hidden": [8, 8], "spin": 2}])
def test_networks_of_later_versions_have_no_place(tmp_path, monkeypatch, unknown):
    """What this version cannot read stays off the map, and the others stay on it."""
    storage = f"sqlite:///{tmp_path}/store.db"
    network = initscope.MLP((8, 8), "tanh")
    training = initscope.Training(epochs=1)
    initscope.compare(
        "iris", ["he_normal"], seeds=1, network=network, training=training, storage=storage
    )
    assert len(trained(storage, "tanh")) == 1
    monkeypatch.setattr(initscope.MLP, "to_dict", lambda _: unknown)
    initscope.compare(
        "iris", ["he_normal"], seeds=1, network=network, training=training, storage=storage
    )
    assert len(trained(storage, "tanh")) == 1


def own(features: int, outputs: int) -> torch.nn.Module:
    """Make a network of somebody's own."""
    return torch.nn.Sequential(
        torch.nn.Linear(features, 8), torch.nn.Tanh(), torch.nn.Linear(8, outputs)
    )
