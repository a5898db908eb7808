"""Tensors that wait are measured as they were when they came."""

from __future__ import annotations

import pytest
import torch

from initscope.observe import Signal
from initscope.observe.shelf import Shelf
from initscope.observe.statistics import signals

ROUNDING = 1e-5


def found_on(shelf: Shelf, tensors: list[torch.Tensor]) -> list[Signal]:
    found: list[Signal] = []
    for tensor in tensors:
        shelf.measure(signals, tensor, found.append, -1, None)
        tensor.zero_()  # the shelf has what it needs
    shelf.clear()
    return found


@pytest.mark.parametrize("shape", [(8, 5), (64, 256), (300, 400)])
def test_what_waits_is_measured_as_alone(shape: tuple[int, int]) -> None:
    """Of small and large tensors, more than wait at a time, each has its own statistics."""
    torch.manual_seed(0)
    tensors = [torch.randn(shape) * scale for scale in (1.0, 1e-22, 1e22) for _ in range(30)]
    alone = [next(iter(signals(each.clone().unsqueeze(0), -1))) for each in tensors]
    for one, other in zip(found_on(Shelf(), tensors), alone, strict=True):
        for name in ("mean", "second_moment", "cosine", "squared_norm"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=ROUNDING, abs=0)
        assert (one.minimum, one.maximum) == (other.minimum, other.maximum)
        assert (one.unit_maximum == other.unit_maximum).all()


def test_tensors_of_several_layouts_wait_apart() -> None:
    """Shape, type and the dimension of units tell which tensors are measured together."""
    shelf, found = Shelf(), {}
    for axis in (1, -1):
        for dtype in (torch.float16, torch.float64):
            x = torch.arange(24.0, dtype=dtype).view(2, 3, 4)
            shelf.measure(
                signals, x, lambda each, key=(axis, dtype): found.update({key: each}), axis, None
            )
    assert not found
    shelf.clear()
    assert {axis: each.units for (axis, _), each in found.items()} == {1: 3, -1: 4}
    assert {each.mean for each in found.values()} == {11.5}


def test_one_tensor_that_is_not_finite_leaves_the_others_alone() -> None:
    """Infinities and NaN are counted in the tensor that has them."""
    tensors = [torch.ones(4, 3) for _ in range(3)]
    tensors[1][0] = torch.tensor([float("nan"), float("inf"), 1.0])
    found = found_on(Shelf(), tensors)
    assert [each.nonfinite for each in found] == pytest.approx([0, 2 / 12, 0])
    assert [each.second_moment for each in found] == pytest.approx([1, 1, 1])
