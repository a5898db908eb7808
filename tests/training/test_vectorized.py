"""The vectorized engine does what the plain loop does, for every member of a chunk."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from initscope import MLP, SGD, Adam, Data, Fans, Training, get
from initscope.streams import Stream
from initscope.training import Initialization, Member, plain, vectorized
from initscope.training.activations import ACTIVATIONS
from initscope.training.members import fill_
from initscope.training.order import epoch_orders
from initscope.training.stack import Stack

STEPS = 20


def initialization(hidden: str, head: str | None = None) -> Initialization:
    return Initialization(get(hidden), get(head or hidden))


MEMBERS = [
    Member(initialization("he_normal"), 0),
    Member(initialization("glorot_uniform", "zeros"), 1),
    Member(initialization("orthogonal", "lecun_normal"), 0),
]


@pytest.fixture(scope="module")
def splits():
    return {task: Data(task, scale="standard").load() for task in ("wine", "breast_cancer")}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", [Adam(), SGD(0.05, 0.9)], ids=lambda o: o.name)
@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_parameters_after_twenty_steps_equal_the_plain_loops(splits, activation, optimizer, loss):
    """After 20 steps no parameter differs by more than 2e-5.

    Both compute the same sums in another order, in float32. A step moves a parameter by about
    1e-3, so that a wrong derivative would show as 2e-2 after 20 steps; rounding, a few times 6e-8
    of the parameters' size a step, shows as about 1e-6. The bound stands between the two.
    """
    split = splits["breast_cancer" if loss == "sigmoid" else "wine"]
    examples = len(split.x_train)
    epochs = 5
    training = Training(optimizer, epochs, -(-examples * epochs // STEPS), loss)
    network = MLP((12, 9), activation)
    history, stack = vectorized.train(split, network, training, MEMBERS)
    for index, member in enumerate(MEMBERS):
        expected, model = plain.train(split, network, training, member)
        parameters = stack.member(index)
        assert set(parameters) == set(dict(model.named_parameters()))
        for name, value in model.named_parameters():
            assert (parameters[name] - value).abs().max() < 2e-5, name
        np.testing.assert_allclose(history.train_loss[index], expected.train_loss[0], atol=1e-5)
        np.testing.assert_allclose(history.test_loss[index], expected.test_loss[0], atol=1e-5)
        np.testing.assert_array_equal(history.test_accuracy[index], expected.test_accuracy[0])
        assert history.finite[index]


def test_parameters_move_in_every_layer(splits):
    """The comparison with the plain loop is not between parameters that stay where they start."""
    training = Training(epochs=2)
    before = Stack(1, MLP().shapes(13, 3))
    fill_(before.values, MEMBERS[:1])
    _, after = vectorized.train(splits["wine"], MLP(), training, MEMBERS[:1])
    for name, value in before.member(0).items():
        assert (after.member(0)[name] - value).abs().max() > 1e-4, name


def test_a_network_does_not_depend_on_its_chunk(splits):
    """Trained alone or with others, a network is the same, to the rounding of the oracle's test."""
    training = Training(epochs=4)
    _, together = vectorized.train(splits["wine"], MLP(), training, MEMBERS)
    for index, member in enumerate(MEMBERS):
        _, alone = vectorized.train(splits["wine"], MLP(), training, [member])
        for name, value in alone.member(0).items():
            assert (together.member(index)[name] - value).abs().max() < 2e-5


def test_results_do_not_depend_on_the_number_of_threads(splits):
    """The engine uses one thread, whatever the caller's setting, and restores it."""
    threads = torch.get_num_threads()
    results = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            results.append(vectorized.train(splits["wine"], MLP(), Training(epochs=2), MEMBERS))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(results[0][1].flat, results[1][1].flat)


def test_global_state_is_as_it_was_also_after_a_failure(splits):
    """Random state, gradient mode and threads are the caller's, whatever happens inside."""
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    vectorized.train(splits["wine"], MLP(), Training(epochs=1), MEMBERS)
    with pytest.raises(AttributeError):
        vectorized.train(splits["wine"], MLP(), Training(epochs=1), [None])  # type: ignore[list-item]
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.is_grad_enabled()
    assert torch.get_num_threads() == threads


def test_zeros_keep_the_loss_of_the_synthetic_task_at_ln_2():
    """Claim 1 on the tutorials' experiment 2: hidden weights never move, only the bias learns."""
    split = Data("synthetic").load()
    history, stack = vectorized.train(
        split, MLP(), Training(), [Member(initialization("zeros"), 0)]
    )
    assert history.train_loss == pytest.approx(np.log(2), abs=1e-3)
    assert history.test_loss[0, 0] == pytest.approx(np.log(2), abs=1e-6)
    parameters = stack.member(0)
    assert parameters.pop("head.bias").abs() > 0
    assert all((value == 0).all() for value in parameters.values())


def test_the_initial_loss_of_a_zero_head_is_ln_of_the_classes():
    """Before training, equal logits give the loss ln 3 on a task of three classes."""
    history, _ = vectorized.train(
        Data("iris").load(),
        MLP(),
        Training(epochs=1),
        [Member(initialization("he_normal", "zeros"), 0)],
    )
    assert history.test_loss[0, 0] == pytest.approx(np.log(3), abs=1e-6)


def test_divergence_is_seen_and_stays_with_its_member():
    """A network that overflows is marked; its neighbours in the chunk train on."""
    members = [
        Member(initialization("normal(1e18)"), 0),
        Member(initialization("he_normal"), 0),
    ]
    split = Data("iris").load()
    history, stack = vectorized.train(split, MLP(), Training(SGD(0.1), 3), members)
    assert history.finite.tolist() == [False, True]
    _, alone = vectorized.train(split, MLP(), Training(SGD(0.1), 3), members[1:])
    for name, value in alone.member(0).items():
        assert (stack.member(1)[name] - value).abs().max() < 2e-5
    expected, _ = plain.train(split, MLP(), Training(SGD(0.1), 3), members[0])
    assert not expected.finite[0]


@pytest.mark.parametrize("where", [float("inf"), float("nan")])
def test_one_bad_parameter_makes_a_network_not_finite(where):
    """Every entry counts, in every parameter, and only for its own member."""
    for name, value in Stack(2, MLP((3,)).shapes(2, 2)).values.items():
        stack = Stack(2, MLP((3,)).shapes(2, 2))
        stack.values[name][(1, *[-1] * (value.ndim - 1))] = where
        assert stack.finite().tolist() == [True, False]
    stack = Stack(1, {"w": (2,)})
    stack.values["w"][0] = torch.tensor([3e38, 3e38])
    assert stack.finite().tolist() == [True]


def test_batches_depend_on_seed_and_epoch_alone():
    """Networks of one seed meet the same batches; seeds and epochs differ."""
    together = list(epoch_orders([3, 5, 3], 40, 50))
    alone = list(epoch_orders([5], 20, 50))
    assert len(together) == 40
    for epoch, order in enumerate(together):
        assert torch.equal(order[0], order[2])
        assert not torch.equal(order[0], order[1])
        assert torch.equal(order[1].sort().values, torch.arange(50))
        if epoch < 20:
            assert torch.equal(order[1], alone[epoch][0])
    assert len({tuple(order[1].tolist()) for order in together}) == 40


def test_initial_weights_are_those_of_the_parameters_streams(splits):
    """A weight of the chunk is what its initializer draws from (seed, name)."""
    stack = Stack(3, MLP().shapes(13, 3))
    fill_(stack.values, MEMBERS)
    expected = get("he_normal").sample((64, 13), Fans(13, 64), Stream(0, "hidden.0.weight"))
    assert torch.equal(stack.values["hidden.0.weight"][0], expected)
    assert (stack.values["head.weight"][1] == 0).all()
    assert (stack.values["hidden.0.bias"] == 0).all()
