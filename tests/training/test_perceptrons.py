"""Normalization, residual branches and dropout do in a chunk what torch's own modules do."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

import initscope
from initscope import MLP, SGD, Adam, Data, InputError, Training, get
from initscope.networks.builders import mlp
from initscope.training import Initialization, Member, plain, state_bytes, vectorized
from initscope.training.activations import ACTIVATIONS
from initscope.training.dropout import Masks
from initscope.training.members import fill_
from initscope.training.order import epoch_orders

KINDS = (torch.nn.BatchNorm1d, torch.nn.LayerNorm, torch.nn.RMSNorm)

EPOCHS, BATCH = 4, 33  # 142 examples of wine: batches of 33, and a last one of 10

NETWORKS = {
    "batch": MLP((12, 9), "tanh", norm="batch"),
    "layer": MLP((12, 9), "tanh", norm="layer"),
    "rms": MLP((12, 9), "tanh", norm="rms"),
    "residual": MLP((9, 9, 9), "tanh", residual=True),
    "residual by depth": MLP((9, 9, 9), residual=True, branch_scale="depth"),
    "residual from zero": MLP((9, 9, 9), "gelu", residual=True, branch_scale="zero"),
    "dropout": MLP((12, 9), "tanh", dropout=0.3),
    "all, batch": MLP((9,) * 5, "tanh", "batch", residual=True, branch_scale=0.5, dropout=0.2),
    "all, layer": MLP((9,) * 4, "relu", "layer", residual=True, branch_scale="zero", dropout=0.2),
    "all, rms": MLP((9,) * 3, "silu", "rms", residual=True, branch_scale="depth", dropout=0.2),
    "one layer": MLP((9,), "elu", "batch", residual=True, branch_scale="zero", dropout=0.1),
}


def member(seed: int, training: Training | None = None) -> Member:
    return Member(Initialization(get("glorot_normal"), get("he_normal")), seed, training)


def doubled(split):
    """Return the data in float64."""
    parts = {name: getattr(split, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    return replace(
        split, **{k: v.double() if v.is_floating_point() else v for k, v in parts.items()}
    )


@pytest.fixture(scope="module")
def splits():
    return {
        "softmax": Data("wine", scale="standard").load(),
        "sigmoid": Data("breast_cancer", scale="standard").load(),
        "squared": Data("diabetes", scale="standard").load(),
    }


@pytest.fixture
def float64():
    """Let engine and plain loop compute in float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def furthest_from_the_plain_loop(split, network, training, members) -> tuple[float, float]:
    """Return the largest difference of a parameter or running average, and of a curve."""
    history, stack = vectorized.train(split, network, training, members)
    assert history.finite.all()
    furthest, apart = 0.0, 0.0
    for index, each in enumerate(members):
        expected, model = plain.train(split, network, training, each)
        found = stack.member(index)
        state = {k: v for k, v in model.state_dict().items() if "num_batches" not in k}
        assert set(found) == set(state)
        for name, value in state.items():
            furthest = max(furthest, float((found[name] - value).abs().max()))
        for curve in ("train_loss", "test_loss", "test_accuracy", "gradient_norms"):
            ours, theirs = getattr(history, curve)[index], getattr(expected, curve)[0]
            apart = max(apart, float(abs(ours - theirs).max()))
    return furthest, apart


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("loss", ["softmax", "sigmoid", "squared"])
@pytest.mark.usefixtures("float64")
def test_in_float64_a_chunk_is_the_plain_loop(splits, network, loss):
    """Parameters and running averages agree to 1e-11 after 20 steps of SGD, curves to 1e-6.

    Rounding is 1e-16 of numbers about 1, and grows from step to step; a wrong term of the backward
    pass would show as a share of a step, here 1e-3 or more. Curves are recorded in float32.
    """
    training = Training(SGD(0.1), EPOCHS, BATCH, loss)
    members = [member(0), member(1)]
    furthest, apart = furthest_from_the_plain_loop(
        doubled(splits[loss]), network, training, members
    )
    assert furthest < 1e-11
    assert apart < 1e-6


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("norm", ["batch", "layer", "rms"])
@pytest.mark.usefixtures("float64")
def test_every_activation_stands_between_normalization_and_residual(splits, norm, activation):
    """A derivative is taken from what its activation kept, whatever stands around it."""
    network = MLP((8,) * 3, activation, norm, residual=True, branch_scale="zero", dropout=0.1)
    training = Training(SGD(0.1), 2, BATCH, "softmax")
    wine = doubled(splits["softmax"])
    assert furthest_from_the_plain_loop(wine, network, training, [member(0)])[0] < 1e-11


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_in_float32_a_chunk_is_the_plain_loop(splits, network):
    """With Adam, clipping and numbers of its own, no member differs by more than 2e-4.

    Rounding is a few times 6e-8 of the gradients; Adam divides by their root mean square and
    epsilon, here 1e-3, and moves by at most 1e-3 a step, 1e-2 after the ten steps.
    """
    training = Training(Adam(1e-3, epsilon=1e-3), 2, BATCH, "softmax", clip_norm=0.5)
    own = replace(training, clip_norm=0.2), replace(training, optimizer=Adam(3e-3, epsilon=1e-3))
    members = [member(seed, each) for seed in (0, 1) for each in own]
    both = furthest_from_the_plain_loop(splits["softmax"], network, training, members)
    assert max(both) < 2e-4


@pytest.mark.parametrize("norm", ["none", "batch", "layer", "rms"])
@pytest.mark.parametrize("residual", [False, True])
def test_the_network_is_the_built_in_one(norm, residual):
    """With the parameters copied, ``mlp:`` gives the same values, training and evaluating."""
    network = MLP((6,) * 4, "gelu", norm, residual=residual, branch_scale=0.5 if residual else 1.0)
    ours = network.module(5, 3)
    theirs, _ = mlp(
        depth=4,
        width=6,
        inputs=5,
        outputs=3,
        activation="gelu",
        norm=norm,
        residual=residual,
        branch_scale=0.5,
    )
    generator = torch.Generator().manual_seed(0)
    for value in ours.parameters():
        torch.nn.init.normal_(value, generator=generator)
    linear, norms = modules(theirs, torch.nn.Linear), modules(theirs, *KINDS)
    for module, source in zip(linear, [*ours.hidden, ours.head], strict=True):
        module.load_state_dict(source.state_dict())
    for module, source in zip(norms, ours.norms if norm != "none" else [], strict=True):
        module.load_state_dict(source.state_dict())
    x = torch.randn(7, 5, generator=generator)
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)(x), theirs.train(training)(x))


def modules(model, *kinds) -> list[torch.nn.Module]:
    return [module for module in model.modules() if isinstance(module, kinds)]


def test_dropout_drops_its_share_and_keeps_the_mean():
    """Over 200 000 outputs the share is within five standard errors, and the mean stays one."""
    rate, count = 0.3, 200_000
    masks = Masks([3], 1, rate, count).at(0, count)
    error = 5 * (rate * (1 - rate) / count) ** 0.5
    assert (masks == 0).double().mean().item() == pytest.approx(rate, abs=error)
    assert masks.double().mean().item() == pytest.approx(1, abs=error / (1 - rate))


def test_masks_follow_from_seed_layer_and_step_alone():
    """They depend neither on the chunk nor on the steps before; all three keys matter."""
    together = Masks([3, 5, 3], 1, 0.5, 40)
    first, second = together.at(0, 40), together.at(1, 25)
    assert torch.equal(first[0], first[2])
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[:, :25], second)
    assert torch.equal(Masks([5], 1, 0.5, 40).at(1, 25)[0], second[1])
    assert not torch.equal(Masks([5], 2, 0.5, 40).at(1, 25)[0], second[1])


def test_branches_scaled_from_zero_start_as_the_identity_and_learn():
    """Each block passes its input on at first; after a step its scale has moved."""
    network = MLP((8, 8, 8), residual=True, branch_scale="zero")
    split = Data("iris").load()
    module = network.module(4, 3)
    x = split.x_train
    expected = module.head(module.activation(module.hidden[0](x)))
    torch.testing.assert_close(module(x), expected)
    _, stack = vectorized.train(split, network, Training(epochs=1), [member(0)])
    assert (stack.values["branch_scales"][0].abs() > 1e-4).all()


def test_members_take_their_running_averages_with_them(splits):
    """A trained member loads into its module, and evaluates to the recorded loss."""
    network, split = MLP((8, 8), norm="batch"), splits["softmax"]
    training = Training(epochs=3)
    history, stack = vectorized.train(split, network, training, [member(0), member(1)])
    model = network.module(split.features, split.classes)
    missing = model.load_state_dict(stack.member(1), strict=False).missing_keys
    assert all(name.endswith("num_batches_tracked") for name in missing)
    loss = torch.nn.functional.cross_entropy(model.eval()(split.x_test), split.y_test)
    assert loss.item() == pytest.approx(history.test_loss[1, -1], rel=1e-5)


@pytest.mark.parametrize("size", [1, 3, 47, 141])
def test_a_batch_of_one_is_refused_with_batch_normalization(splits, size):
    """Where an epoch would leave one example alone, another batch size is named."""
    split = splits["softmax"]
    assert len(split.x_train) == 142
    network, training = MLP((4,), norm="batch"), Training(epochs=1, batch_size=size)
    with pytest.raises(InputError, match="batch normalization cannot standardize") as error:
        vectorized.train(split, network, training, [member(0)])
    named = int(str(error.value).rpartition(" ")[2])
    vectorized.train(split, network, replace(training, batch_size=named), [member(0)])
    with pytest.raises(InputError, match="batch normalization cannot standardize"):
        initscope.compare("wine", ["he_normal"], seeds=1, network=network, training=training)


@pytest.mark.parametrize("steps", [1, 3])
def test_gradient_norms_are_those_of_autograd(splits, steps):
    """The first step's gradients are of the initial weights, before they are clipped."""
    split, network = splits["softmax"], MLP((6, 5), "tanh")
    training = Training(SGD(0.1), 1, -(-142 // steps), clip_norm=1e-3)
    history, _ = vectorized.train(split, network, training, [member(0)])
    model = network.module(13, 3)
    with torch.no_grad():
        fill_({name: value.unsqueeze(0) for name, value in model.named_parameters()}, [member(0)])
    rows = next(epoch_orders([0], 1, 142))[0][: training.batch_size]
    torch.nn.functional.cross_entropy(model(split.x_train[rows]), split.y_train[rows]).backward()
    expected = [value.grad.norm().item() for value in model.parameters() if value.ndim > 1]
    assert history.gradient_norms.shape == (1, 2, 3)
    assert history.gradient_norms[0, 0] == pytest.approx(expected, rel=1e-5)
    assert (history.gradient_norms[0, 0] == history.gradient_norms[0, 1]).all() == (steps == 1)


def test_records_carry_gradient_norms_by_layer():
    """A comparison's records have a norm for each layer of the setting, none of them zero."""
    found = initscope.compare("iris", ["he_normal"], seeds=1, training=Training(epochs=1))
    norms = found.records[0].gradient_norms
    assert found.experiment.setting.layers == ["hidden.0", "hidden.1", "head"]
    assert [len(each) for each in norms] == [3, 3]
    assert all(value and value > 0 for each in norms for value in each)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(norm="bach"), "unknown norm 'bach': did you mean 'batch'?"),
        (lambda: MLP(dropout=1.0), "dropout 1.0: expected a number from 0 to below 1"),
        (lambda: MLP(residual="yes"), "residual 'yes': expected true or false"),
        (lambda: MLP(branch_scale=0.5), "branch scale 0.5 without residual blocks: ask for"),
        (lambda: MLP(residual=True, branch_scale="deep"), "branch scale 'deep': expected a number"),
        (lambda: MLP((3, 4), residual=True), "residual blocks need hidden layers of one width"),
    ],
)
def test_bad_forms_are_one_line(make, message):
    """What cannot be built is refused by name before anything is trained."""
    with pytest.raises(InputError) as error:
        make()
    assert str(error.value).startswith(message)


def test_chunks_count_the_memory_of_norms_masks_and_branches():
    """Each kind of buffer makes a network larger, by its numbers an example."""
    plain_bytes, full = (
        state_bytes(network.shapes(4, 3), Training(), network.extra_memory)
        for network in (MLP(), MLP(norm="rms", residual=True, dropout=0.1))
    )
    gains = 4 * 4 * 128  # in parameters, gradients and two moments
    assert full - plain_bytes == gains + 4 * 32 * (1 + 2 + 2) * 128
