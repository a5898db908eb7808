"""Settings of networks and training refuse what cannot be trained."""

from __future__ import annotations

import pytest

from initscope import MLP, SGD, Adam, InputError, Training
from initscope.training import members_per_chunk, operations
from initscope.training.losses import loss_for


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP((64, 0)), "hidden width 0: expected a whole number above 0"),
        (lambda: MLP(()), "no hidden layer: expected at least one width, such as 64"),
        (lambda: MLP((2.5,)), "hidden width 2.5: expected a whole number above 0"),
        (lambda: MLP((3,), "rleu"), "unknown activation 'rleu': did you mean 'relu'?"),
        (lambda: MLP.uniform(0, 8), "depth 0: expected at least 1 hidden layer"),
        (lambda: Training(epochs=0), "epochs 0: expected a whole number above 0"),
        (lambda: Training(batch_size=-1), "batch size -1: expected a whole number above 0"),
        (lambda: Adam(0.0), "learning rate 0.0: expected a number above 0, such as 0.001"),
        (lambda: Adam(float("nan")), "learning rate nan: expected a number above 0, such as 0.001"),
        (lambda: Adam(beta1=1.0), "beta1 1.0: expected a number from 0 to below 1"),
        (lambda: Adam(epsilon=0.0), "epsilon 0.0: expected a number above 0"),
        (lambda: SGD(momentum=1.0), "momentum 1.0: expected a number from 0 to below 1"),
        (lambda: loss_for("sofmax", 3), "unknown loss 'sofmax': did you mean 'softmax'?"),
        (
            lambda: loss_for("sigmoid", 3),
            "loss 'sigmoid' needs 2 classes, the task has 3: use softmax",
        ),
    ],
)
def test_bad_settings_are_one_line(make, message):
    """A mistake is named before anything is trained."""
    with pytest.raises(InputError) as error:
        make()
    assert str(error.value) == message


def test_two_classes_default_to_sigmoid():
    """The loss follows the number of classes unless it is named."""
    assert [loss_for(None, 2), loss_for(None, 3), loss_for("softmax", 2)] == [
        "sigmoid",
        "softmax",
        "softmax",
    ]


def test_shapes_are_those_of_a_perceptron():
    """Weights have PyTorch's layout, in order from the input to the head."""
    assert dict(MLP((5, 6)).shapes(4, 3)) == {
        "hidden.0.weight": (5, 4),
        "hidden.0.bias": (5,),
        "hidden.1.weight": (6, 5),
        "hidden.1.bias": (6,),
        "head.weight": (3, 6),
        "head.bias": (3,),
    }


def test_operations_count_multiplications_and_additions():
    """A pass forward is two operations a weight and example; backward is twice that."""
    shapes = MLP((5,)).shapes(4, 3)
    assert operations(shapes, Training(epochs=2), examples=7) == 6 * (4 * 5 + 5 * 3) * 7 * 2


def test_chunks_shrink_with_the_network_and_never_vanish():
    """A chunk holds tens of small networks and one large one."""
    small = members_per_chunk(MLP().shapes(4, 3), Training())
    large = members_per_chunk(MLP.uniform(30, 1024).shapes(64, 10), Training())
    assert 20 <= small <= 60
    assert large == 1
