"""Identity, Dirac and Hadamard weights are what their definitions say."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from initscope import Fans, InputError, get
from initscope.streams import Stream, Streams

STREAM = Stream(0, "weight")


def sample(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    return get(name).sample(shape, Fans.of(shape), STREAM)


@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 5),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
def test_dirac_is_torchs(groups, outputs, inputs, kernel):
    """Entry by entry, for every number of groups and dimensions, odd kernels and even ones."""
    shape = (groups * outputs, inputs, *kernel)
    expected = torch.nn.init.dirac_(torch.empty(shape), groups)
    assert torch.equal(sample(f"dirac(groups={groups})", shape), expected)


def test_a_grouped_dirac_convolution_passes_its_input_on():
    """With "same" padding a convolution by it is the identity, in each group."""
    images = torch.from_numpy(STREAM.symmetric(2 * 6 * 25)).reshape(2, 6, 5, 5)
    weight = sample("dirac(groups=3)", (6, 2, 3, 3))
    output = torch.nn.functional.conv2d(images, weight, padding="same", groups=3)
    assert torch.equal(output, images)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("dirac", (3, 3), "fills convolutions"),
        ("dirac(groups=2)", (3, 1, 3), "3 outputs are not divisible into 2 groups"),
        ("hadamard", (2,) * 6, "fills convolutions"),
        ("delta_orthogonal", (3, 3), "fills convolutions"),
        ("delta_orthogonal", (2, 3, 3), "from 3 to 2 channels cannot keep norms"),
        ("sparse(0.5)", (2, 3, 3), "fills matrices"),
    ],
)
def test_shapes_that_a_law_does_not_fill_are_refused(name, shape, message):
    """The error names the law, what it fills and what it received."""
    with pytest.raises(InputError) as error:
        sample(name, shape)
    assert str(error.value).startswith(f"{get(name)}: ")
    assert message in str(error.value)


def zero_matrix(outputs: int, inputs: int) -> np.ndarray:
    """Algorithm 1 of Zhao et al. (2022), step by step."""
    if outputs <= inputs:
        return np.eye(outputs, inputs)
    m = math.ceil(math.log2(outputs))
    hadamard = np.array([[1.0]])
    for _ in range(m):
        hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
    c = 2 ** (-(m - 1) / 2)
    return c * np.eye(outputs, 2**m) @ hadamard @ np.eye(2**m, inputs)


@given(st.integers(1, 70), st.integers(1, 70))
def test_hadamard_is_the_papers_algorithm(outputs, inputs):
    """Matrices from the definition by a bit count equal those of the recursion."""
    expected = torch.from_numpy(zero_matrix(outputs, inputs)).float()
    assert torch.equal(sample("hadamard", (outputs, inputs)), expected)


@given(st.integers(1, 9), st.integers(1, 9), st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_hadamard_kernels_hold_the_matrix_at_their_central_tap(outputs, inputs, kernel):
    """Every other tap is zero."""
    expected = torch.zeros(outputs, inputs, *kernel)
    centre = tuple(size // 2 for size in kernel)
    expected[(..., *centre)] = torch.from_numpy(zero_matrix(outputs, inputs)).float()
    assert torch.equal(sample("hadamard", (outputs, inputs, *kernel)), expected)


def test_patterns_repeat_for_every_member_of_a_batch():
    """A batch of streams receives the same pattern side by side."""
    for name in ("identity", "hadamard", "dirac"):
        shape = (5, 3) if name == "identity" else (5, 3, 3)
        batch = get(name).sample(shape, Fans.of(shape), Streams([1, 2], "weight"))
        assert all(torch.equal(member, sample(name, shape)) for member in batch)
