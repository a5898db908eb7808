"""Any part of a weight can be drawn alone, and is the part of the whole, bit for bit."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from initscope import Fans, InputError, get
from initscope.initializers import ROWS, filling
from initscope.initializers.box import Box
from initscope.streams import Stream, Streams

STREAM = Stream(0, "weight")
ELEMENTWISE = [
    "he_normal",
    "uniform(-1, 3)",
    "truncated_normal(0.02)",
    "siren",
    "constant(2)",
    "hadamard",
    "dirac",
]


@st.composite
def parts(draw, least=0):
    """Draw a shape of at most a few thousand entries, and slices of it, empty ones too."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=least, max_size=5)))
    given_axes = draw(st.integers(0, len(shape)))
    ends = [st.none() | st.integers(-size - 1, size + 1) for size in shape[:given_axes]]
    return shape, tuple(slice(draw(end), draw(end)) for end in ends)


@settings(deadline=None)
@given(parts(3), st.sampled_from(ELEMENTWISE), st.sampled_from([16, 100, 1 << 18]))
def test_a_part_is_the_part_of_the_whole(part, name, piece):
    """Whatever the shape, the slices and the size of the pieces."""
    shape, index = part
    whole = get(name).sample(shape, Fans.of(shape), STREAM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filling, "PIECE", piece)
        patch.setattr(filling, "_LEAST", 1)
        alone = get(name).sample_part(shape, Fans.of(shape), STREAM, index)
    assert torch.equal(alone, whole[index])


@settings(deadline=None)
@given(parts())
def test_a_part_of_a_batch_is_the_part_of_each_member(part):
    """Slices leave the batch's dimension alone; laws without fans fill any shape."""
    shape, index = part
    source = Streams([4, 7], "weight")
    whole = get("normal(1)").sample(shape, None, source)
    assert torch.equal(
        get("normal(1)").sample_part(shape, None, source, index), whole[(slice(None), *index)]
    )


@pytest.mark.parametrize(
    "index",
    [
        (slice(300, 700),),
        (slice(None), slice(500, 900)),
        (slice(None), slice(7, 8)),
        (slice(17, 918), slice(1, 1776)),
        (slice(999, 1000), slice(1776, 1777)),
    ],
)
@pytest.mark.parametrize("name", ["he_normal", "truncated_normal(1)", "glorot_uniform"])
def test_rows_and_columns_of_a_large_matrix_are_those_of_the_whole(name, index):
    """The whole is drawn by two threads in many pieces; its parts are the same bits."""
    shape = (1000, 1777)
    whole = get(name).sample(shape, Fans.of(shape), STREAM)
    assert torch.equal(get(name).sample_part(shape, Fans.of(shape), STREAM, index), whole[index])


@settings(deadline=None)
@given(parts(), st.integers(1, 200))
def test_pieces_tile_the_box(part, limit):
    """Every entry is in one piece, and no piece reaches over more of the stream than allowed."""
    shape, index = part
    box = Box.of(shape, index)
    positions = np.arange(math.prod(shape)).reshape(shape)
    seen = []
    for piece in box.pieces(limit):
        start, stop = piece.hull
        assert stop - start <= limit
        section = torch.arange(start, stop)
        cut = piece.cut(section).numpy()
        assert (cut == positions[piece.within(Box.of(shape))]).all()
        assert piece.is_one_section == (stop - start == cut.size)
        seen.extend(cut.ravel().tolist())
    assert sorted(seen) == sorted(positions[index].ravel().tolist())


def test_a_stack_of_parts_needs_no_more_memory_than_they_have():
    """Two columns of 16 GB, and a bfloat16 tensor of 80 MB, take a few MiB besides themselves."""
    script = (
        "import resource, torch\n"
        "from initscope import Fans, get\n"
        "from initscope.streams import Stream\n"
        "he, stream = get('he_normal'), Stream(0, 'weight')\n"
        "he.sample((1000, 1000), Fans(1000, 1000), stream)\n"
        "half = torch.zeros(10_000, 4_000, dtype=torch.bfloat16)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "shape = (4_000, 1_000_000)\n"
        "part = he.sample_part(shape, Fans.of(shape), stream, (slice(None), slice(7, 9)))\n"
        "he.fill_(half, Fans(4_000, 10_000), stream)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    # Each thread holds a piece, its bits and what it is made from: 1 MiB each.
    threads = torch.get_num_threads()
    assert int(done.stdout) < 1024 * (16 + 4 * threads)


def test_laws_of_a_whole_matrix_say_so_and_refuse_parts():
    """The property tells in advance; the error says what to do."""
    whole = {row.name for row in ROWS if not row.law.is_elementwise}
    assert whole == {"orthogonal", "delta_orthogonal", "sparse"}
    assert not get("orthogonal").is_elementwise
    assert get("identity").is_elementwise
    with pytest.raises(InputError, match="orthogonal: its entries depend on each other.*sample"):
        get("orthogonal").sample_part((4, 4), Fans(4, 4), STREAM, (slice(0, 2),))
    everything = get("orthogonal").sample_part((4, 4), Fans(4, 4), STREAM, (slice(None),))
    assert torch.equal(everything, get("orthogonal").sample((4, 4), Fans(4, 4), STREAM))


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ((slice(0, 4, 2),), "expected slices without a step"),
        ((2,), "expected slices without a step"),
        ((slice(None),) * 3, "3 slices for a weight of shape (4, 4): too many"),
    ],
)
def test_an_index_that_is_no_box_is_refused(index, message):
    """Steps and integers are answered with what is expected."""
    with pytest.raises(InputError) as error:
        get("he_normal").sample_part((4, 4), Fans(4, 4), STREAM, index)
    assert message in str(error.value)
