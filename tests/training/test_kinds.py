"""Networks are named, sized and identified, and unfit ones are refused in one line."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from initscope import MLP, Data, InputError
from initscope.training import BuiltIn, Custom, network_from, network_named, start


@pytest.mark.parametrize(
    ("text", "features", "shape"),
    [
        ("convnet", 64, (1, 8, 8)),
        ("convnet:inputs=3", 3 * 16, (3, 4, 4)),
        ("rnn", 64, (8, 8)),
        ("rnn:length=16", 64, (16, 4)),
        ("rnn", 10, (10, 1)),
        ("transformer", 64, (8, 8)),
    ],
)
def test_rows_become_images_and_sequences(text, features, shape):
    """A row of features is an image for convolutions, and a sequence for the others."""
    network = network_named(text)
    assert network.row_shape(features) == shape
    model = network.module(features, 5)
    assert model(torch.zeros(2, *shape)).shape == (2, 5)


@pytest.mark.parametrize(
    "network",
    [
        MLP((8, 8), "tanh"),
        network_named("mlp:depth=3,width=8,norm=batch"),
        network_named("convnet:depth=4,residual=true,pooling=max"),
        network_named("rnn:cell=gru,length=4"),
        Custom("package.module:factory", (1, 8, 8), "0123456789abcdef"),
    ],
    ids=str,
)
def test_networks_return_from_plain_data(network):
    """Plain data give the same network again."""
    assert network_from(network.to_dict()) == network


def test_text_forms_are_read_again():
    """The text form names what is not as by default, and gives the same network."""
    network = network_named("convnet:norm=batch,depth=4,kernel=3")
    assert str(network) == "convnet:depth=4,norm=batch"
    assert network_named(str(network)) == network


def test_sizes_are_changed_by_name():
    """A network has the sizes that are asked for, and keeps the others."""
    network = network_named("convnet:depth=4,norm=batch")
    assert network.resized({"depth": 2, "residual": True}) == network_named(
        "convnet:depth=2,norm=batch,residual=true"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: network_named("convnt"), "unknown network 'convnt': did you mean 'convnet'"),
        (lambda: network_named("convnet:outputs=3"), "outputs follows from the data"),
        (lambda: network_named("mlp:inputs=3"), "inputs follows from the data"),
        (lambda: network_named("rnn:depth=3"), "unknown size of rnn 'depth'"),
        (lambda: network_named("convnet").row_shape(10), "10 features are not a square image"),
        (lambda: network_named("rnn:length=7").row_shape(64), "do not make 7 equal steps"),
        (lambda: BuiltIn("rnn", (("cell", "lst"),)).module(4, 2), "unknown cell 'lst'"),
        (lambda: network_from({"kind": "graph"}), "unknown kind of network 'graph'"),
        (lambda: start("autos"), "unknown initializer 'autos': did you mean 'auto'"),
    ],
)
def test_bad_networks(make, message):
    """What cannot be built is refused with what was read and what is expected."""
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)


SHARED = nn.Linear(4, 3)


def wide(inputs: int, outputs: int) -> nn.Module:
    return nn.Linear(inputs, outputs)


def test_a_factory_may_ask_for_its_sizes():
    """A factory with two arguments gets the numbers of features and outputs."""
    assert Custom.of(wide).fitted(7, 3).shapes(7, 3)["weight"] == (3, 7)


@pytest.mark.parametrize(
    ("factory", "shape", "message"),
    [
        (lambda: nn.Linear(4, 5), None, "returned (2, 5) for an input of shape (2, 4)"),
        (lambda: nn.Linear(5, 3), None, "failed on an input of shape (2, 4): RuntimeError"),
        (lambda: nn.Linear(4, 3), (2, 3), "input shape 2,3 does not hold the 4 features"),
        (lambda: 3, None, "returned int: expected a torch.nn.Module"),
        (lambda: 1 / 0, None, "raised ZeroDivisionError: division by zero"),
        (lambda: SHARED, None, "returned the same module twice"),
        (nn.Identity, None, "a module without parameters to train"),
        (lambda a, b, c: None, None, "needs the arguments a, b, c"),  # noqa: ARG005
        (lambda: nn.Linear(4, 3).double(), None, "weight is torch.float64 on cpu"),
        (lambda: nn.LazyLinear(3), None, "weight is lazy"),
    ],
)
def test_unfit_factories(factory, shape, message):
    """A factory whose module cannot be trained on the data is refused in one line."""
    with pytest.raises(InputError) as caught:
        Custom.of(factory, shape).fitted(4, 3)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_identity_follows_what_the_factory_makes():
    """Other parameters, other code or other captured values are another network."""

    def sized(width):
        return lambda: nn.Sequential(nn.Linear(4, width), nn.Linear(width, 3))

    def squashed(kind):
        return lambda: nn.Sequential(nn.Linear(4, 3), kind())

    digests = {
        Custom.of(make).fitted(4, 3).digest
        for make in (sized(5), sized(6), squashed(nn.Tanh), squashed(nn.ReLU))
    }
    assert len(digests) == 4


def test_an_edited_file_is_another_network():
    """What was stored for a network is not read for one whose source has changed."""
    stored = Custom("tests:wide", None, "0" * 16, wide)
    with pytest.raises(InputError, match="is not what it was when its networks were trained"):
        stored.fitted(7, 3)


def test_classes_of_data_decide_outputs():
    """A setting gives a network as many outputs as its loss needs."""
    from initscope.comparison import Setting
    from initscope.training import Training

    setting = Setting(Data("iris"), Custom.of(wide), Training())
    assert setting.shapes["weight"] == (3, 4)


@pytest.mark.parametrize(
    ("network", "plain"),
    [
        (MLP((8, 8, 8), "tanh"), True),
        (MLP((8,)), True),
        (MLP((8, 4)), False),
        (MLP((8, 8), norm="rms"), False),
        (MLP((8, 8), residual=True), False),
        (MLP((8, 8), dropout=0.1), False),
    ],
)
def test_plain_perceptrons_have_one_width_and_no_more(network, plain):
    """Mean-field theory has its word on hidden layers of one width and nothing else."""
    assert network.is_plain is plain
